import { setTimeout as delay } from 'node:timers/promises'
import { createNatsLink, type MessagingLog, type NatsLink } from '@cambio/messaging'
import { type NatsConnection } from '@nats-io/transport-node'

import { type Administrator } from '../load/administrator.js'
import { type Journal } from '../load/journal.js'
import { type ChaosNats } from '../stack/chaos-nats.js'
import { type ChaosStack, REPLICAS } from '../stack/chaos-stack.js'
import { type Evidence, type Finding, PUBLISHED_KINDS } from './evidence.js'
import { judgeApplied, judgeBuckets, judgeDatabases, judgeReplicas, judgeRest } from './judge-evidence.js'
import { readBuckets } from './read-buckets.js'
import { readDatabases } from './read-databases.js'
import { readApplied, readDigests } from './read-replicas.js'
import { readRest } from './read-rest.js'

/** Any single fault heals within 30 s of its end (docs/architecture.md, Messages; EV-14). */
export const HEALS_WITHIN_MS = 30_000

const LOOK_EVERY_MS = 250

const quiet: MessagingLog = { info: () => undefined, warn: () => undefined, error: () => undefined }

export interface VerifierParts {
  readonly stack: ChaosStack
  readonly nats: ChaosNats
  readonly journal: Journal
  readonly administrator: Administrator
  /** The organizations whose resources are listed. */
  readonly handles: readonly string[]
}

/** Looks at everything from outside and says what must not be. */
export class Verifier {
  readonly #parts: VerifierParts
  readonly #link: NatsLink

  constructor(parts: VerifierParts) {
    this.#parts = parts
    const { servers, administrator: credentials } = parts.nats
    this.#link = createNatsLink({ servers, name: 'chaos', log: quiet, credentials })
  }

  /** This verification's own connection. @throws Error without one */
  get connection(): NatsConnection {
    const connection = this.#link.connection
    if (connection === undefined) throw new Error('there is no connection to NATS')
    return connection
  }

  async close(): Promise<void> {
    await this.#link.close()
  }

  /**
   * Waits until databases, buckets and replicas agree.
   *
   * @returns after how long; `undefined` = not within 30 s
   */
  async converged(withinMs = HEALS_WITHIN_MS): Promise<number | undefined> {
    const begunMs = performance.now()
    for (;;) {
      const disagreement = await this.#disagreement()
      const tookMs = performance.now() - begunMs
      if (disagreement === undefined) return tookMs
      if (tookMs > withinMs) return undefined
      await delay(LOOK_EVERY_MS)
    }
  }

  /** What every process says of its replicas now. */
  async digests(): Promise<Evidence['digests']> {
    return readDigests(this.#link)
  }

  /** Everything there is to look at. */
  async evidence(): Promise<Evidence> {
    const { stack, journal, administrator, handles } = this.#parts
    const databases = await readDatabases(stack)
    const named = journal.aggregates().flatMap(({ kind, org, id }) => (id === undefined ? [] : [{ kind, org, id }]))
    return {
      databases,
      buckets: await readBuckets(this.connection),
      digests: await readDigests(this.#link),
      applied: await readApplied(this.#link, named),
      listed: await readRest(stack, administrator, handles),
    }
  }

  /** What must not be, of all that was looked at. */
  judge(evidence: Evidence): Finding[] {
    return [
      ...judgeDatabases(this.#parts.journal, evidence),
      ...judgeBuckets(evidence),
      ...judgeReplicas(evidence, REPLICAS),
      ...judgeApplied(evidence),
      ...judgeRest(evidence),
    ]
  }

  /** The first thing that does not agree yet, also when it cannot be read yet. */
  async #disagreement(): Promise<Finding | Error | undefined> {
    try {
      const buckets = await readBuckets(this.connection)
      const digests = await readDigests(this.#link)
      const [replica] = judgeReplicas({ buckets, digests }, REPLICAS)
      if (replica !== undefined) return replica
      return judgeBuckets({ buckets, databases: await readDatabases(this.#parts.stack) })[0]
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error))
    }
  }
}

/** How many entries there are, for people. */
export function entriesOf({ databases }: Pick<Evidence, 'databases'>): number {
  return PUBLISHED_KINDS.reduce((sum, kind) => sum + databases[kind].length, 0)
}
