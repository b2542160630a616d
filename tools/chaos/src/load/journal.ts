import { appendFileSync } from 'node:fs'

/** The kinds that administrators write; the others follow from them. */
export const JOURNALED_KINDS = ['organizations', 'admin-clients', 'identity-providers', 'apis', 'applications'] as const

export type JournaledKind = (typeof JOURNALED_KINDS)[number]

/**
 * What a write does to one part of an aggregate, such as `description` or `binding/<provider>/<client id>`. A part that
 * ends in `*` stands for all that begin so. `value`: what it is then; null = gone; undefined = whatever the service chose.
 */
export interface Touch {
  readonly part: string
  readonly value: string | null | undefined
}

/** `unknown`: the connection broke or a 5xx came, so it may be there or not. */
export type WriteOutcome = 'acknowledged' | 'unknown' | 'refused'

/** One request that would change an aggregate, and what became of it. Times are those of `performance.now()`. */
export interface Write {
  readonly operation: string
  readonly outcome: WriteOutcome
  readonly startedMs: number
  readonly finishedMs: number
  /** The revision that the answer named. */
  readonly rev?: number | undefined
  readonly touches: readonly Touch[]
  /** The status of the answer, or how the connection broke. */
  readonly said: string
}

/** Everything that was asked of one aggregate; its name is its own for ever and tells it apart in its organization. */
export interface JournaledAggregate {
  readonly kind: JournaledKind
  /** The partition: an organization's id, or `platform`. */
  readonly org: string
  readonly name: string
  /** Known once a creation was acknowledged. */
  id: string | undefined
  readonly writes: Write[]
}

export const isRemoval = ({ operation }: Write): boolean => operation === 'delete'

/** What was asked of the administrators' API and what it answered: in memory for the verification, in a file for people. */
export class Journal {
  readonly #aggregates = new Map<string, JournaledAggregate>()
  readonly #file: string | undefined
  readonly counts: Record<WriteOutcome, number> = { acknowledged: 0, unknown: 0, refused: 0 }

  /** @param file one JSON line a write is added to it */
  constructor(file?: string) {
    this.#file = file
  }

  aggregates(): readonly JournaledAggregate[] {
    return [...this.#aggregates.values()]
  }

  /** What was asked from a moment on, by `performance.now()`. */
  since(fromMs: number): readonly { readonly aggregate: JournaledAggregate; readonly write: Write }[] {
    return this.aggregates().flatMap((aggregate) =>
      aggregate.writes.filter(({ startedMs }) => startedMs >= fromMs).map((write) => ({ aggregate, write })),
    )
  }

  /** The entry of an aggregate, made at its first use. */
  aggregate(kind: JournaledKind, org: string, name: string): JournaledAggregate {
    const key = `${kind} ${org} ${name}`
    const known = this.#aggregates.get(key)
    if (known !== undefined) return known
    const made: JournaledAggregate = { kind, org, name, id: undefined, writes: [] }
    this.#aggregates.set(key, made)
    return made
  }

  add(aggregate: JournaledAggregate, write: Write): void {
    aggregate.writes.push(write)
    this.counts[write.outcome] += 1
    if (this.#file === undefined) return
    const { kind, org, name, id } = aggregate
    appendFileSync(this.#file, `${JSON.stringify({ kind, org, name, id, ...write })}\n`)
  }
}
