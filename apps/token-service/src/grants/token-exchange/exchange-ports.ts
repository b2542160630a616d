import { type RegisteredIssuer } from '../../directory/issuers.projection.js'
import { type Directory } from '../../directory/directory.js'

/** Asks the registry for one refresh of an identity provider's keys; the new keys are applied before it answers. */
export interface KeyRefresher {
  /**
   * Coalesced and limited for each identity provider; takes at most a second.
   *
   * @returns `unavailable` when the registry could not be asked, else `asked`, whatever the refresh brought
   */
  refresh(issuer: RegisteredIssuer, kid: string): Promise<'asked' | 'unavailable'>
}

/** Claims the single use of a token id, atomically. */
export interface TokenUse {
  /** @returns `unavailable` when the record of used tokens could not be reached within a second */
  claim(issuer: RegisteredIssuer, tokenId: string, expiresAtSeconds: number): Promise<'claimed' | 'used' | 'unavailable'>
}

/** What a decision reads and asks. Memory, but for the two named exceptions: unknown keys and single use. */
export interface ExchangePorts {
  readonly directory: Directory
  /** Our own `iss`, which is never a subject token's. */
  readonly ownIssuer: string
  readonly keyRefresher: KeyRefresher
  readonly tokenUse: TokenUse
  readonly nowMs: () => number
}
