/** A time in which a process was kept from answering on purpose. */
interface Disturbance {
  readonly cause: string
  readonly fromMs: number
  toMs: number
}

/**
 * Who was disturbed when and by what: a request that fails meanwhile at that very process is explained by it, and no
 * other is. Times are those of `performance.now()`.
 */
export class Disturbances {
  readonly #of = new Map<string, Disturbance[]>()

  /** Begins one; gives the function that ends it. */
  begin(process: string, cause: string): () => void {
    const disturbance: Disturbance = { cause, fromMs: performance.now(), toMs: Number.POSITIVE_INFINITY }
    const list = this.#of.get(process) ?? []
    list.push(disturbance)
    this.#of.set(process, list)
    return () => {
      disturbance.toMs = Math.min(disturbance.toMs, performance.now())
    }
  }

  /** Why a process may not have answered in a time; `undefined` = it had to. */
  causeOf(process: string, fromMs: number, toMs: number): string | undefined {
    return this.#of.get(process)?.find((disturbance) => disturbance.fromMs <= toMs && disturbance.toMs >= fromMs)?.cause
  }
}
