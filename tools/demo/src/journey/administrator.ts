import { type Journey } from './journey.js'

/** Step 1 of the first guide: the administrator adds the external identity provider by its well-known URL. */
export async function addIdentityProvider({ caller, transcript, provider }: Journey): Promise<void> {
  transcript.part('The administrator: connect to an external identity provider')

  transcript.step('Sign in to the administrators’ API')
  const token = await caller.call({
    method: 'POST',
    url: '$TOKEN_SERVICE/oauth2/token',
    basic: ['ADMIN_ID', 'ADMIN_SECRET'],
    form: { grant_type: 'client_credentials' },
  })
  caller.set('ADMIN_TOKEN', String(token.body['access_token']))
  transcript.holds('the admin client gets a token for the administrators’ API', token.status === 200)

  transcript.step('Make an organization')
  const org = await caller.call({
    method: 'POST',
    url: '$APPLICATIONS/v1/orgs',
    bearer: 'ADMIN_TOKEN',
    json: { handle: '$ORG', name: 'Demo organization' },
  })
  transcript.holds('the organization is there', org.status === 201)

  transcript.step('Specify the well-known URL: issuer, token endpoint and JWKS endpoint fill in')
  const discovered = await caller.call({
    method: 'POST',
    url: '$IDP_REGISTRY/v1/orgs/$ORG/identity-providers/discover',
    bearer: 'ADMIN_TOKEN',
    json: { wellKnownUrl: '$PROVIDER/.well-known/openid-configuration' },
    show: ['configuration', 'findings'],
  })
  const configuration = (discovered.body['configuration'] ?? {}) as Record<string, unknown>
  transcript.holds('issuer is filled in', configuration['issuer'] === provider.issuer)
  transcript.holds('token endpoint is filled in', configuration['tokenEndpoint'] === `${provider.issuer}/token`)
  transcript.holds('JWKS endpoint is filled in', configuration['jwksUri'] === `${provider.issuer}/jwks`)

  transcript.step('Click Add: the provider is registered')
  const registration = {
    name: 'demo-provider',
    description: 'The identity provider of the demo',
    type: 'generic',
    wellKnownUrl: '$PROVIDER/.well-known/openid-configuration',
    allowedAudiences: [provider.audience],
    claims: { clientId: 'client_id', scopes: 'scope' },
    claimMappings: [{ from: 'client_id', to: 'provider_client' }],
  }
  const url = '$IDP_REGISTRY/v1/orgs/$ORG/identity-providers'
  const added = await caller.call({
    method: 'POST',
    url,
    bearer: 'ADMIN_TOKEN',
    json: registration,
    show: ['id', 'name', 'issuer', 'tokenEndpoint', 'jwksUri', 'allowedAudiences', 'tokenMode', 'acceptedTokenTypes', 'enabled', 'rev'],
  })
  transcript.holds('the provider is added', added.status === 201)
  transcript.holds(
    'with the endpoints of its well-known URL',
    added.body['issuer'] === provider.issuer && added.body['jwksUri'] === `${provider.issuer}/jwks`,
  )

  const again = await caller.call({
    method: 'POST',
    url,
    bearer: 'ADMIN_TOKEN',
    json: { ...registration, name: 'another-name' },
  })
  transcript.holds('the same issuer cannot be added twice', again.status === 409 && again.body['code'] === 'issuer_exists')

  const renamed = await caller.call({
    method: 'PATCH',
    url: `${url}/demo-provider`,
    bearer: 'ADMIN_TOKEN',
    json: { name: 'renamed' },
  })
  transcript.holds('its name cannot be changed', renamed.status === 422 && renamed.body['code'] === 'name_immutable')
}

/** Step 1 of the second guide: an API with scopes, published so that applications can subscribe to it. */
export async function publishApi({ caller, transcript }: Journey): Promise<void> {
  transcript.part('The API’s owner: scopes and publication')

  transcript.step('Make an API with scopes and attach them to its resources')
  const api = await caller.call({
    method: 'POST',
    url: '$APPLICATIONS/v1/orgs/$ORG/apis',
    bearer: 'ADMIN_TOKEN',
    json: {
      name: 'Orders',
      handle: 'orders',
      context: 'orders',
      version: 'v1',
      endpoints: { production: 'https://orders.demo.example' },
      scopes: [
        { name: 'read', description: 'Read orders' },
        { name: 'write', description: 'Change orders' },
      ],
      resources: [
        { method: 'GET', path: '/orders', scopes: ['read'] },
        { method: 'POST', path: '/orders', scopes: ['write'] },
      ],
    },
    show: ['id', 'handle', 'identifier', 'status', 'scopes'],
  })
  transcript.holds('the API is there', api.status === 201)
  const scopes = (api.body['scopes'] ?? []) as { fullyQualifiedName?: string }[]
  transcript.holds(
    'its scopes have fully qualified names to copy',
    scopes.every((scope) => scope.fullyQualifiedName?.startsWith('urn:') === true) && scopes.length === 2,
  )

  transcript.step('Publish it')
  const published = await caller.call({
    method: 'POST',
    url: '$APPLICATIONS/v1/orgs/$ORG/apis/orders/publish',
    bearer: 'ADMIN_TOKEN',
    show: ['handle', 'status'],
  })
  transcript.holds('the API is published', published.body['status'] === 'PUBLISHED')
}
