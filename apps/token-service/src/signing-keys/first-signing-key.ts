import { setTimeout as delay } from 'node:timers/promises'
import { type SigningKeyValue } from '@cambio/contracts'
import { type FeedOwner } from '@cambio/messaging'
import { type Log } from '@cambio/service-kit'
import { type Collection } from '@cambio/store'

import { ensureSigningKey } from './ensure-signing-key.js'
import { type SigningAlgorithm } from './signing-key.js'

const RETRY_MS = 1_000

export interface FirstSigningKeyOptions {
  readonly documents: Collection<SigningKeyValue>
  readonly owner: FeedOwner<'signing-keys', SigningKeyValue>
  readonly algorithm: SigningAlgorithm
  readonly keyEncryptionKey: Uint8Array
  readonly log: Log
}

/** Makes the first signing key in the background of a start, as soon as the store answers. */
export class FirstSigningKey {
  readonly #stopping = new AbortController()

  constructor(private readonly options: FirstSigningKeyOptions) {}

  start(): void {
    void this.#ensure()
  }

  stop(): void {
    this.#stopping.abort()
  }

  async #ensure(): Promise<void> {
    const { documents, owner, algorithm, keyEncryptionKey, log } = this.options
    while (!this.#stopping.signal.aborted) {
      try {
        if (await ensureSigningKey(documents, algorithm, keyEncryptionKey, new Date())) {
          owner.publishSoon()
          log.info({ algorithm }, 'the first signing key was made')
        }
        return
      } catch (error) {
        log.warn({ error }, 'whether there is a signing key cannot be seen; trying again')
        await delay(RETRY_MS, undefined, { signal: this.#stopping.signal }).catch(() => undefined)
      }
    }
  }
}
