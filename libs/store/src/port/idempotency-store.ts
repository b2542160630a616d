export interface IdempotencyRequest {
  /** Digest of the caller, the route and the `Idempotency-Key`: never the key as it was sent. */
  readonly key: string
  /** Digest of the request, to tell a repetition from another request under the same key. */
  readonly fingerprint: string
  /** When the answer is forgotten. */
  readonly expiresAt: Date
  /** Until when the first request may work. Afterwards another takes over, since the first has died. */
  readonly pendingUntil: Date
}

/** `claimed`: do it, then `complete` or `release` with `claim`. `pending`: another does it now. `done`: its answer. */
export type IdempotencyClaim =
  | { readonly state: 'claimed'; readonly claim: string }
  | { readonly state: 'pending'; readonly fingerprint: string }
  | { readonly state: 'done'; readonly fingerprint: string; readonly answer: Uint8Array }

/**
 * Answers that are given again when a request is repeated. An answer may contain a secret that is shown once: the caller
 * encrypts it. An abstract class, to serve as injection token.
 */
export abstract class IdempotencyStore {
  /** Claims the key, atomically over all replicas: of many at the same time exactly one gets `claimed`. */
  abstract claim(request: IdempotencyRequest): Promise<IdempotencyClaim>

  /**
   * Keeps the answer until the claim's `expiresAt`. `false`, and nothing changes, if the claim is no longer the current
   * one: it was released, forgotten, or taken over after `pendingUntil`.
   */
  abstract complete(key: string, claim: string, answer: Uint8Array): Promise<boolean>

  /** Gives the key free without an answer, for a request that failed before it changed anything; only while the claim is current. */
  abstract release(key: string, claim: string): Promise<void>
}
