import { type RunningProvider } from '@cambio/demo/provider'

import { type AdminApi, type AnswerBody } from './admin-api.js'
import { Organization, TOKEN_EXCHANGE } from './organization.js'

/** An organization with one of everything, and the id of each by its name in addresses. */
export interface PopulatedOrganization {
  readonly org: Organization
  readonly ids: Readonly<Record<Parameter, string>>
}

type Parameter = 'org' | 'idp' | 'api' | 'application' | 'environment' | 'binding' | 'subscription' | 'secret' | 'adminClient'

export async function populatedOrganization(admin: AdminApi, handle: string, provider: RunningProvider): Promise<PopulatedOrganization> {
  const org = await Organization.create(admin, handle)
  const idp = await org.registerProvider('main-idp', provider)
  const api = await org.publishApi('orders')
  const application = await org.createApplication('app1')
  const keys = await admin.must('applications', 'POST', org.path('/applications/app1/keys/production'), {
    grantTypes: ['client_credentials', TOKEN_EXCHANGE],
  })
  const [secret] = keys['secrets'] as AnswerBody[]
  const subscription = await org.subscribe('app1', 'orders')
  const binding = await admin.must('applications', 'POST', org.path('/applications/app1/bindings'), {
    identityProvider: 'main-idp',
    environment: 'production',
    clientId: provider.clientId,
  })
  const adminClient = await admin.must('applications', 'POST', org.path('/admin-clients'), { name: 'first owner', role: 'owner' })
  const ids = { idp, api, application, binding, subscription, secret, adminClient }
  const entries = Object.entries(ids).map(([name, made]) => [name, made?.id ?? ''])
  return { org, ids: { ...(Object.fromEntries(entries) as PopulatedOrganization['ids']), org: handle, environment: 'production' } }
}

/** The whole content of an organization as its API shows it, to see that a refused request changed nothing. */
export async function contentOf({ org }: PopulatedOrganization): Promise<unknown> {
  const read = async (service: 'applications' | 'idp-registry', path: string): Promise<unknown> =>
    (await org.admin.get(service, org.path(path))).body
  return {
    organization: await read('applications', ''),
    providers: await read('idp-registry', '/identity-providers'),
    apis: await read('applications', '/apis'),
    applications: await read('applications', '/applications'),
    keys: await read('applications', '/applications/app1/keys/production'),
    sandboxKeys: await read('applications', '/applications/app1/keys/sandbox'),
    bindings: await read('applications', '/applications/app1/bindings'),
    subscriptions: await read('applications', '/applications/app1/subscriptions'),
    adminClients: await read('applications', '/admin-clients'),
  }
}

/** A body that the operation takes, for requests that are refused for another reason. */
export function acceptableBody(method: string, path: string): object | undefined {
  const last = path.split('/').at(-1) ?? ''
  if (method === 'PATCH') return patches[last] ?? {}
  return method === 'POST' ? posts[last] : undefined
}

const patches: Readonly<Record<string, object>> = {
  '{org}': { name: 'changed' },
  '{idp}': { description: 'changed' },
  '{api}': { name: 'changed' },
  '{application}': { description: 'changed' },
  '{environment}': { accessTokenLifetimeSeconds: 120 },
  '{subscription}': { plan: 'changed' },
  '{adminClient}': { name: 'changed' },
}

const posts: Readonly<Record<string, object>> = {
  orgs: { handle: 'made-by-nobody', name: 'made by nobody' },
  'identity-providers': {
    name: 'made-by-nobody',
    issuer: 'https://idp.example',
    jwks: { keys: [{ kty: 'RSA', n: 'AQAB', e: 'AQAB' }] },
    allowedAudiences: ['a'],
  },
  discover: { wellKnownUrl: 'https://idp.example/.well-known/openid-configuration' },
  check: {},
  apis: { name: 'nobody', handle: 'nobody', context: 'nobody', version: 'v1' },
  applications: { name: 'made by nobody' },
  '{environment}': {},
  secrets: {},
  bindings: { identityProvider: 'main-idp', environment: 'production', clientId: 'nobody' },
  subscriptions: { api: 'orders' },
  'admin-clients': { name: 'made by nobody', role: 'viewer' },
}
