/** What a registration of an issuer needs that signs for everybody who asks. */
export interface SharedIssuerRequirement {
  /** Whose it is, for a person to read. */
  readonly provider: string
  /** Claims that name the owner; `requiredClaims` must fix one of them. */
  readonly ownerClaims: readonly string[]
}

const row = (provider: string, ...ownerClaims: string[]): SharedIssuerRequirement => ({ provider, ownerClaims })

/**
 * Issuers whose every customer can get a validly signed token, most of them for an audience of their own choice. Without a claim
 * that names the owner, trusting one means trusting all its customers.
 */
const sharedIssuers: ReadonlyMap<string, SharedIssuerRequirement> = new Map([
  [
    'https://token.actions.githubusercontent.com',
    row('GitHub Actions', 'repository_owner_id', 'repository_owner', 'repository_id', 'repository', 'enterprise_id', 'enterprise'),
  ],
  ['https://gitlab.com', row('GitLab.com', 'namespace_id', 'namespace_path', 'project_id', 'project_path', 'sub')],
  ['https://app.terraform.io', row('HCP Terraform', 'terraform_organization_id', 'terraform_organization_name', 'terraform_workspace_id')],
  ['https://accounts.google.com', row('Google', 'azp', 'hd', 'sub', 'email')],
  ['https://agent.buildkite.com', row('Buildkite', 'organization_id', 'organization_slug', 'pipeline_id')],
  ['https://oidc.vercel.com', row('Vercel', 'owner_id', 'owner', 'project_id')],
  ['https://oidc.codefresh.io', row('Codefresh', 'account_id', 'account_name')],
  ['https://oidc.cirrus-ci.com', row('Cirrus CI', 'owner_id', 'owner', 'repository_id', 'repository')],
  ['https://api.pulumi.com/oidc', row('Pulumi Cloud', 'sub', 'organization')],
  // The tenant of personal Microsoft accounts: anybody can open one.
  ['https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0', row('Microsoft personal accounts', 'oid', 'sub')],
])

/** A trailing slash or upper case never matches a real token, but must not hide the need for a condition either. */
const normalized = (issuer: string): string =>
  issuer
    .toLowerCase()
    .replace(/\/+$/, '')
    .replace(/:443(?=\/|$)/, '')

/** The requirement for an issuer shared by all customers of its provider, `undefined` for an issuer of one owner. */
export function sharedIssuerRequirement(issuer: string): SharedIssuerRequirement | undefined {
  const known = normalized(issuer)
  return sharedIssuers.get(known.includes('://') ? known : `https://${known}`)
}
