import { createPrivateKey, type KeyObject } from 'node:crypto'
import { type FeedEntry, type SigningKeyValue } from '@cambio/contracts'

import { decryptPrivateKey } from './key-encryption.js'

/** A key ready to sign. */
export interface Signer {
  readonly kid: string
  readonly alg: SigningKeyValue['alg']
  readonly privateKey: KeyObject
}

interface HeldKey {
  readonly value: SigningKeyValue
  /** Absent when the key encryption key does not open it: the key still verifies. */
  readonly privateKey?: KeyObject
  readonly activeFromMs: number
  readonly retiredFromMs: number
}

/** The signing keys in memory: which one signs now, and which public keys verify. */
export class SigningKeysProjection {
  readonly #byId = new Map<string, HeldKey>()
  #published: readonly SigningKeyValue['publicJwk'][] = []

  /** @param onUnusable told the `kid` of a private key that the key encryption key does not open */
  constructor(
    private readonly keyEncryptionKey: Uint8Array,
    private readonly onUnusable: (kid: string) => void,
  ) {}

  apply(entry: FeedEntry<SigningKeyValue>): void {
    if (entry.value === null) this.#byId.delete(entry.id)
    else this.#byId.set(entry.id, this.#held(entry.value))
    this.#published = [...this.#byId.values()].map((key) => key.value.publicJwk)
  }

  /** The newest key that is active at a moment; undefined when there is none yet. */
  signerAt(nowMs: number): Signer | undefined {
    let best: HeldKey | undefined
    for (const key of this.#byId.values()) {
      if (key.privateKey === undefined || key.activeFromMs > nowMs || key.retiredFromMs <= nowMs) continue
      if (best === undefined || key.activeFromMs > best.activeFromMs) best = key
    }
    if (best?.privateKey === undefined) return undefined
    return { kid: best.value.kid, alg: best.value.alg, privateKey: best.privateKey }
  }

  /** Public keys for the JWKS: those that will sign, those that sign, and those whose tokens may still be alive. */
  publicKeysAt(nowMs: number): readonly SigningKeyValue['publicJwk'][] {
    const ended = [...this.#byId.values()].some(
      (key) => key.value.verifiesUntil !== undefined && Date.parse(key.value.verifiesUntil) <= nowMs,
    )
    if (!ended) return this.#published
    return [...this.#byId.values()]
      .filter((key) => key.value.verifiesUntil === undefined || Date.parse(key.value.verifiesUntil) > nowMs)
      .map((key) => key.value.publicJwk)
  }

  all(): readonly SigningKeyValue[] {
    return [...this.#byId.values()].map((key) => key.value)
  }

  #held(value: SigningKeyValue): HeldKey {
    const times = {
      activeFromMs: Date.parse(value.activeFrom),
      retiredFromMs: value.retiredFrom === undefined ? Number.POSITIVE_INFINITY : Date.parse(value.retiredFrom),
    }
    const decrypted = decryptPrivateKey(this.keyEncryptionKey, value.kid, value.encryptedPrivateKey)
    if (decrypted === undefined) {
      this.onUnusable(value.kid)
      return { value, ...times }
    }
    return { value, ...times, privateKey: createPrivateKey({ key: JSON.parse(decrypted) as Record<string, string>, format: 'jwk' }) }
  }
}
