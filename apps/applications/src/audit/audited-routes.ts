const app = '/v1/orgs/:org/applications/:application'
const clients = { organization: '/v1/orgs/:org/admin-clients', platform: '/v1/admin-clients' }

/** The action that each route of a change has in the audit log, by method and template. */
export const auditedRoutes: ReadonlyMap<string, string> = new Map([
  ['POST /v1/orgs', 'organization.create'],
  ['PATCH /v1/orgs/:org', 'organization.change'],
  ...Object.values(clients).flatMap((path): [string, string][] => [
    [`POST ${path}`, 'admin-client.create'],
    [`PATCH ${path}/:adminClient`, 'admin-client.change'],
    [`DELETE ${path}/:adminClient`, 'admin-client.delete'],
    [`POST ${path}/:adminClient/secrets`, 'admin-client.secret.create'],
    [`DELETE ${path}/:adminClient/secrets/:secret`, 'admin-client.secret.delete'],
  ]),
  ['POST /v1/orgs/:org/apis', 'api.create'],
  ['PATCH /v1/orgs/:org/apis/:api', 'api.change'],
  ['DELETE /v1/orgs/:org/apis/:api', 'api.delete'],
  ['POST /v1/orgs/:org/apis/:api/publish', 'api.publish'],
  ['POST /v1/orgs/:org/apis/:api/deprecate', 'api.deprecate'],
  ['POST /v1/orgs/:org/apis/:api/retire', 'api.retire'],
  ['POST /v1/orgs/:org/applications', 'application.create'],
  [`PATCH ${app}`, 'application.change'],
  [`DELETE ${app}`, 'application.delete'],
  [`POST ${app}/keys/:environment`, 'credential.create'],
  [`PATCH ${app}/keys/:environment`, 'credential.change'],
  [`DELETE ${app}/keys/:environment`, 'credential.delete'],
  [`POST ${app}/keys/:environment/secrets`, 'credential.secret.create'],
  [`DELETE ${app}/keys/:environment/secrets/:secret`, 'credential.secret.delete'],
  [`POST ${app}/bindings`, 'binding.create'],
  [`DELETE ${app}/bindings/:binding`, 'binding.delete'],
  [`POST ${app}/subscriptions`, 'subscription.create'],
  [`PATCH ${app}/subscriptions/:subscription`, 'subscription.change'],
  [`DELETE ${app}/subscriptions/:subscription`, 'subscription.delete'],
])
