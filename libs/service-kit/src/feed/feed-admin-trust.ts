import { findOrganization } from '@cambio/contracts'

import { AdminTrust, type FindOrganization } from '../admin-guard/admin-trust.js'
import { type ServiceFeed } from './service-feed.js'

/**
 * What the administrators' guard believes, out of the feed. An organization that has not arrived yet is asked for.
 *
 * @param find default: the RPC question to `applications`; the owner itself looks into its own store
 */
export function adminTrustOf(feed: ServiceFeed, issuer: string, find?: FindOrganization): AdminTrust {
  const trust: AdminTrust = new AdminTrust({
    issuer,
    isReady: () => replicas.every((replica) => replica.state().ready),
    findOrganization: find ?? (async (handle) => feed.rpc.ask(findOrganization, { handle })),
  })
  const replicas = [
    feed.follow('signing-keys', {
      apply: (entry) => {
        trust.applySigningKey(entry)
      },
    }),
    feed.follow('admin-clients', {
      apply: (entry) => {
        trust.applyAdminClient(entry)
      },
    }),
    feed.follow('organizations', {
      apply: (entry) => {
        trust.applyOrganization(entry)
      },
    }),
  ]
  return trust
}
