/** The action that each route of a change has in the audit log, by method and template. */
export const auditedRoutes: ReadonlyMap<string, string> = new Map([
  ['POST /v1/orgs/:org/identity-providers', 'identity-provider.create'],
  ['POST /v1/orgs/:org/identity-providers/discover', 'identity-provider.discover'],
  ['PATCH /v1/orgs/:org/identity-providers/:idp', 'identity-provider.change'],
  ['DELETE /v1/orgs/:org/identity-providers/:idp', 'identity-provider.delete'],
  ['POST /v1/orgs/:org/identity-providers/:idp/enable', 'identity-provider.enable'],
  ['POST /v1/orgs/:org/identity-providers/:idp/disable', 'identity-provider.disable'],
  ['POST /v1/orgs/:org/identity-providers/:idp/check', 'identity-provider.check'],
  ['POST /v1/orgs/:org/identity-providers/:idp/keys/refresh', 'key-set.refresh'],
  ['POST /v1/orgs/:org/identity-providers/:idp/keys/purge', 'key-set.purge'],
])
