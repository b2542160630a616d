import {
  FEED_VERSION,
  type FeedEntry,
  type IdentityProviderId,
  type KeySetValue,
  type OrganizationId,
  refreshKeySet,
  type RpcResult,
} from '@cambio/contracts'
import { AnswersRpc } from '@cambio/messaging'
import { Controller, Inject } from '@nestjs/common'
import { type StoredDocument } from '@cambio/store'

import { type KeySet, publicKeySet } from './key-set.js'
import { KeySetRefresher } from './refresh-key-set.js'

interface RefreshAnswer {
  outcome: 'refreshed' | 'unchanged' | 'limited' | 'failed'
  entry: FeedEntry<KeySetValue>
}

/** Answers a token service that met an unknown `kid`. */
@Controller()
export class KeySetRpcController {
  constructor(@Inject(KeySetRefresher) private readonly refresher: KeySetRefresher) {}

  @AnswersRpc(refreshKeySet)
  async refresh({
    org,
    identityProvider,
    kid,
  }: {
    org: OrganizationId
    identityProvider: IdentityProviderId
    kid: string
  }): Promise<RpcResult<RefreshAnswer>> {
    const known = await this.refresher.holding(org, identityProvider, kid)
    // The asker's replica is behind: the key is here already.
    if (known !== undefined) return { ok: true, value: { outcome: 'unchanged', entry: entryOf(known) } }
    const result = await this.refresher.refresh(org, identityProvider, 'unknown_kid')
    if (result.outcome === 'absent') return { ok: false, failure: { code: 'not_found' } }
    return { ok: true, value: { outcome: result.outcome, entry: entryOf(result.keySet) } }
  }
}

const entryOf = ({ id, org, rev, value }: StoredDocument<KeySet>): FeedEntry<KeySetValue> => ({
  v: FEED_VERSION,
  id,
  org,
  rev,
  value: publicKeySet(value),
})
