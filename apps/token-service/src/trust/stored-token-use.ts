import { createHash } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { type SingleUseStore } from '@cambio/store'

import { type RegisteredIssuer } from '../directory/issuers.projection.js'
import { type TokenUse } from '../grants/token-exchange/exchange-ports.js'

/** One store operation on the path of an exchange may take this long (docs/architecture.md). */
const DEADLINE_MS = 1_000

/** Single use of token ids in the store that all replicas share; a namespace of its own for each identity provider. */
export class StoredTokenUse implements TokenUse {
  constructor(private readonly uses: SingleUseStore) {}

  async claim(issuer: RegisteredIssuer, tokenId: string, expiresAtSeconds: number): Promise<'claimed' | 'used' | 'unavailable'> {
    const ended = new AbortController()
    const late = delay(DEADLINE_MS, 'unavailable' as const, { signal: ended.signal }).catch(() => 'unavailable' as const)
    try {
      return await Promise.race([this.#claim(issuer, tokenId, expiresAtSeconds), late])
    } finally {
      ended.abort()
    }
  }

  async #claim(issuer: RegisteredIssuer, tokenId: string, expiresAtSeconds: number): Promise<'claimed' | 'used' | 'unavailable'> {
    // A provider chooses its ids; hashed they have one length and no surprising characters.
    const key = createHash('sha256').update(tokenId, 'utf8').digest('base64url')
    try {
      const isFirst = await this.uses.claim(`subject-token:${issuer.id}`, key, new Date(expiresAtSeconds * 1000))
      return isFirst ? 'claimed' : 'used'
    } catch {
      return 'unavailable' // the outcome is not known, so the token counts as neither
    }
  }
}
