/**
 * What may be used once (a `jti`, a nonce, a code). An abstract class, to serve as injection token.
 */
export abstract class SingleUseStore {
  /**
   * Claims a key, atomically over all replicas: of any number of claims of one key in one namespace exactly one gives
   * `true`, until `expiresAt`; then the key is forgotten, and the adapter clears such records away by itself.
   *
   * @param namespace keeps kinds of keys apart: equal keys in two namespaces do not collide
   * @param expiresAt when the thing itself cannot be used any more, leeway included. In the past: `false`, since a record
   *   that may be forgotten at once protects from nothing
   * @throws StoreUnavailable when the claim's outcome is not known; the caller refuses (fail closed)
   */
  abstract claim(namespace: string, key: string, expiresAt: Date): Promise<boolean>
}
