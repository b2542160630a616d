/** A lease that this holder has until `expiresAt`. */
export interface Lease {
  readonly name: string
  readonly holder: string
  /** One more each time the lease is acquired: what a former holder wrote carries a lower one. */
  readonly term: number
  readonly expiresAt: Date
}

/**
 * Leases for what only one of several replicas may do at a time. One document a lease, compare-and-set. Times are those
 * of the caller's clock; a holder stops before `expiresAt`, and replicas whose clocks differ by more than the lease's
 * length may overlap: what is done under a lease stays correct when two do it. An abstract class, to serve as injection token.
 */
export abstract class LeaseStore {
  /**
   * Takes the lease if nobody has it, if it has run out, or if this holder has it (then it is a renewal).
   *
   * @param name what is leased, kebab case
   * @param holder unique to a process, never used again after its restart
   * @param ttlSeconds length from now, above 0
   * @returns the lease, or `undefined` while another holder has it
   */
  abstract acquire(name: string, holder: string, ttlSeconds: number): Promise<Lease | undefined>

  /** Lengthens the lease; `undefined` if this holder has it no more (run out, or taken over): it must stop at once. */
  abstract renew(name: string, holder: string, ttlSeconds: number): Promise<Lease | undefined>

  /** Gives the lease up, if this holder has it; else changes nothing. */
  abstract release(name: string, holder: string): Promise<void>
}
