import { type FeedKind, type ServiceName } from './kinds.js'

/**
 * Which kinds each service holds replicas of. A service follows nothing else: NATS lets it read no other bucket, and
 * `natsPermissions` is made from this table. The first three of each service are what its guard of administrators needs.
 */
export const followedKinds: Readonly<Record<ServiceName, readonly FeedKind[]>> = {
  'idp-registry': ['signing-keys', 'admin-clients', 'organizations'],
  applications: ['signing-keys', 'admin-clients', 'organizations', 'identity-providers'],
  'token-service': [
    'signing-keys',
    'admin-clients',
    'organizations',
    'identity-providers',
    'key-sets',
    'apis',
    'applications',
    'revocations',
  ],
  gateway: ['signing-keys', 'organizations', 'identity-providers', 'key-sets', 'apis', 'applications', 'revocations'],
}
