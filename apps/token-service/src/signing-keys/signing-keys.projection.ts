import { createPrivateKey, type webcrypto } from 'node:crypto'
import { type FeedEntry, type SigningKeyValue } from '@cambio/contracts'

import { decryptPrivateKey } from './key-encryption.js'

/** A key ready to sign. */
export interface Signer {
  readonly kid: string
  readonly alg: SigningKeyValue['alg']
  readonly privateKey: webcrypto.CryptoKey
}

interface HeldKey {
  readonly value: SigningKeyValue
  /** Absent when the key encryption key does not open it: the key still verifies. */
  readonly privateKey?: webcrypto.CryptoKey
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
      if (best === undefined || isNewer(key, best)) best = key
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
    return { value, ...times, privateKey: signingKeyOf(value.alg, decrypted) }
  }
}

/** Of two that became active in the same moment every replica takes the same, whichever it heard of first. */
function isNewer(key: HeldKey, other: HeldKey): boolean {
  return key.activeFromMs > other.activeFromMs || (key.activeFromMs === other.activeFromMs && key.value.kid > other.value.kid)
}

const algorithms = {
  ES256: { name: 'ECDSA', namedCurve: 'P-256' },
  RS256: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
  EdDSA: { name: 'Ed25519' },
} as const satisfies Record<SigningKeyValue['alg'], object>

/** Made ready once, in the form that signatures are made with; it cannot be exported again. */
function signingKeyOf(alg: SigningKeyValue['alg'], privateJwk: string): webcrypto.CryptoKey {
  const key = createPrivateKey({ key: JSON.parse(privateJwk) as Record<string, string>, format: 'jwk' })
  return key.toCryptoKey(algorithms[alg], false, ['sign'])
}
