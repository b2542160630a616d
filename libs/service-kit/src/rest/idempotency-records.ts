export interface IdempotencyClaimRequest {
  /** Digest of the caller, the route and the `Idempotency-Key`: never the key as it was sent. */
  readonly key: string
  /** Digest of the request, to tell a repetition from another request under the same key. */
  readonly fingerprint: string
  readonly expiresAt: Date
  /** Until when the first request may work. Afterwards another takes over, since the first has died. */
  readonly pendingUntil: Date
}

export type IdempotencyClaimAnswer =
  | { readonly state: 'claimed'; readonly claim: string }
  | { readonly state: 'pending'; readonly fingerprint: string }
  | { readonly state: 'done'; readonly fingerprint: string; readonly answer: Uint8Array }

/** Where answers are kept. `libs/store`'s idempotency store has this shape. */
export interface IdempotencyRecordStore {
  /** Claims the key, atomically over all replicas. */
  claim(request: IdempotencyClaimRequest): Promise<IdempotencyClaimAnswer>
  /** Keeps the answer until the claim's `expiresAt`; false if the claim is no longer the current one. */
  complete(key: string, claim: string, answer: Uint8Array): Promise<boolean>
  release(key: string, claim: string): Promise<void>
}

/** What a service with `@Idempotent` routes provides: the store, and a secret that all its replicas share. */
export class IdempotencyRecords {
  /** @param secret at least 32 bytes; an `Idempotency-Key` may be easy to guess, so this protects digests and answers too */
  constructor(
    readonly store: IdempotencyRecordStore,
    readonly secret: Uint8Array,
  ) {
    if (secret.length < 32) throw new TypeError('the secret of idempotency records has at least 32 bytes')
  }
}
