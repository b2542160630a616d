const BYTES = 32

/**
 * A digest of a set that changes with each member that comes or goes, at the cost of that member: the exclusive or of the
 * members' own digests. Whoever can choose members can make it collide; it finds differences, not forgers.
 */
export class SetDigest {
  readonly #bytes: Uint8Array

  constructor(from?: SetDigest) {
    this.#bytes = from === undefined ? new Uint8Array(BYTES) : Uint8Array.from(from.#bytes)
  }

  /** Adds a member by its digest of 32 bytes, or takes it away if it is in the set. */
  toggle(member: Uint8Array): void {
    for (let index = 0; index < BYTES; index += 1) this.#bytes[index] = (this.#bytes[index] ?? 0) ^ (member[index] ?? 0)
  }

  /** In base64url. */
  toString(): string {
    return Buffer.from(this.#bytes).toString('base64url')
  }
}
