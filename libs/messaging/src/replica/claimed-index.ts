interface Claim<T> {
  readonly ownerId: string
  readonly value: T
}

/**
 * Finds by a key that one aggregate at a time may hold, such as an issuer within its organization.
 *
 * Messages about different aggregates come in any order, so after a deletion and a new registration two may claim a key for a
 * moment. The one that was made last has it (ids sort by the time of their making), whichever message came first, and when one
 * of them goes the other is still there.
 */
export class ClaimedIndex<T> {
  /** The newest owner first; nearly always there is one. */
  readonly #claims = new Map<string, readonly Claim<T>[]>()
  readonly #keysOf = new Map<string, readonly string[]>()

  get(key: string): T | undefined {
    return this.#claims.get(key)?.[0]?.value
  }

  /** Puts what an owner claims now in place of everything that it claimed before; nothing when it is gone. */
  replace(ownerId: string, claimed: Iterable<readonly [key: string, value: T]>): void {
    for (const key of this.#keysOf.get(ownerId) ?? []) this.#release(key, ownerId)
    const keys: string[] = []
    for (const [key, value] of claimed) {
      this.#claims.set(key, inOrder([...this.#others(key, ownerId), { ownerId, value }]))
      keys.push(key)
    }
    if (keys.length === 0) this.#keysOf.delete(ownerId)
    else this.#keysOf.set(ownerId, keys)
  }

  #release(key: string, ownerId: string): void {
    const others = this.#others(key, ownerId)
    if (others.length === 0) this.#claims.delete(key)
    else this.#claims.set(key, others)
  }

  #others(key: string, ownerId: string): readonly Claim<T>[] {
    return this.#claims.get(key)?.filter((claim) => claim.ownerId !== ownerId) ?? []
  }
}

function inOrder<T>(claims: readonly Claim<T>[]): readonly Claim<T>[] {
  return claims.length < 2 ? claims : claims.toSorted((a, b) => (a.ownerId < b.ownerId ? 1 : -1))
}
