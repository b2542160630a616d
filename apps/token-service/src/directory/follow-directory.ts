import { type FeedReplica } from '@cambio/messaging'
import { type ServiceFeed } from '@cambio/service-kit'

import { type SigningKeysProjection } from '../signing-keys/signing-keys.projection.js'
import { type Directory } from './directory.js'

/**
 * Lets the memory of decisions follow the feed.
 *
 * @returns the replica of key sets, which also takes what the registry answers to a question
 */
export function followDirectory(feed: ServiceFeed, directory: Directory, signingKeys: SigningKeysProjection): FeedReplica<'key-sets'> {
  feed.follow('organizations', {
    apply: (entry) => {
      directory.organizations.apply(entry)
    },
  })
  feed.follow('admin-clients', {
    apply: (entry) => {
      directory.clients.applyAdminClient(entry)
    },
  })
  feed.follow('applications', {
    apply: (entry) => {
      directory.clients.applyApplication(entry)
    },
  })
  feed.follow('apis', {
    apply: (entry) => {
      directory.apis.apply(entry)
    },
  })
  feed.follow('identity-providers', {
    apply: (entry) => {
      directory.issuers.apply(entry)
    },
  })
  feed.follow('signing-keys', {
    apply: (entry) => {
      signingKeys.apply(entry)
    },
  })
  return feed.follow('key-sets', {
    apply: (entry) => {
      directory.keySets.apply(entry)
    },
  })
}
