import { type SecretDigest, newId } from '@cambio/contracts'
import { clientSecretDigest, makeClientSecret, matchesClientSecret } from '@cambio/oauth'

/** A secret at the only moment at which it is known in clear. */
export interface IssuedSecret {
  /** Shown once, in the answer to the request that made it. */
  readonly clientSecret: string
  /** What is stored and published in its place. */
  readonly stored: SecretDigest
}

/** Makes and digests client secrets under the installation's pepper (docs/protocol.md, Client authentication). */
export class SecretMaker {
  readonly #pepper: Uint8Array

  constructor(
    pepper: Uint8Array,
    readonly now: () => Date = () => new Date(),
  ) {
    this.#pepper = pepper
  }

  issue(): IssuedSecret {
    return this.adopt(makeClientSecret())
  }

  /** For a secret that an operator chose. */
  adopt(clientSecret: string): IssuedSecret {
    const stored = { id: newId('secret'), digest: clientSecretDigest(this.#pepper, clientSecret), createdAt: this.now().toISOString() }
    return { clientSecret, stored }
  }

  matches(clientSecret: string, secrets: readonly SecretDigest[]): boolean {
    return matchesClientSecret(
      this.#pepper,
      clientSecret,
      secrets.map(({ digest }) => digest),
    )
  }
}
