import { type Admission } from '@cambio/service-kit'

import { type RegisteredIssuer } from '../directory/issuers.projection.js'
import { type KeyRefresher, type TokenUse } from '../grants/token-exchange/exchange-ports.js'

/** Requests that wait for the registry leave their places to others: a flood of unknown `kid`s cannot take them all. */
export class UncountedKeyRefresher implements KeyRefresher {
  constructor(
    private readonly refresher: KeyRefresher,
    private readonly admission: Admission,
  ) {}

  async refresh(issuer: RegisteredIssuer, kid: string): Promise<'asked' | 'unavailable'> {
    return this.admission.wait(async () => this.refresher.refresh(issuer, kid), 'unavailable')
  }
}

/** The same for requests that wait for the store. */
export class UncountedTokenUse implements TokenUse {
  constructor(
    private readonly uses: TokenUse,
    private readonly admission: Admission,
  ) {}

  async claim(issuer: RegisteredIssuer, tokenId: string, expiresAtSeconds: number): Promise<'claimed' | 'used' | 'unavailable'> {
    return this.admission.wait(async () => this.uses.claim(issuer, tokenId, expiresAtSeconds), 'unavailable')
  }
}
