import { absenceAllows, type FeedEntry, type FeedKind, type FeedValue } from '@cambio/contracts'

import { PauseWatch } from '../feed/pause-watch.js'
import { contentOf } from '../feed/feed-codec.js'
import { type NatsLink } from '../link/nats-link.js'
import { type MessagingLog, reasonOf } from '../message-log.js'
import { type RpcClient } from '../rpc/rpc-client.js'
import { type BucketListener } from './bucket-view.js'
import { BucketFollower } from './bucket-follower.js'
import { MissingEntries } from './missing-entries.js'
import { ReplicaAge } from './replica-age.js'
import { type AlarmingState, ReplicaAlarm } from './replica-alarm.js'
import { type ReplicaDisk } from './replica-disk.js'
import { type FeedProjection, ReplicaEntries } from './replica-entries.js'
import { ReplicaIntake } from './replica-intake.js'
import { missingBecause, type ReplicaSource, type ReplicaState } from './replica-state.js'

export interface FeedReplicaOptions<K extends FeedKind> {
  readonly kind: K
  readonly link: NatsLink
  readonly rpc: RpcClient
  readonly log: MessagingLog
  /** Indexes that change with the entries. Default: none. */
  readonly projection?: FeedProjection<K>
  /** Where it keeps what it applied. Default: memory only, so that a start needs NATS. */
  readonly disk?: ReplicaDisk<K>
  /** Not ready any more when it could not make sure of its state for this long. Default: it serves for ever. */
  readonly maxStalenessSeconds?: number | undefined
  /** How often the bucket's facts are compared. Default 5,000. */
  readonly pollIntervalMs?: number
  /** How long a start waits for NATS before it relies on the disk, unless nobody is there. Default 1,000. */
  readonly diskGraceMs?: number
  /** From which age on a line of the log and an alert say that the state is old. Default 20. */
  readonly alertAfterSeconds?: number
  /** How late a timer must be for the process to have stood still; it then lists the bucket again at once. Default 5,000. */
  readonly pauseThresholdMs?: number
  /** Milliseconds since 1970. Default: the system's clock. */
  readonly now?: () => number
  /** Milliseconds of a clock that nobody sets. Default: the monotonic clock. */
  readonly uptimeMs?: () => number
}

const TICK_MS = 1_000

/**
 * One kind of aggregate in this process's memory, as its owner publishes it: newest states only, healed from every gap,
 * never asking anybody when it is read. Source: docs/architecture.md, Messages.
 */
export class FeedReplica<K extends FeedKind> {
  readonly kind: K
  readonly #options: FeedReplicaOptions<K>
  readonly #entries: ReplicaEntries<K>
  readonly #intake: ReplicaIntake<K>
  readonly #follower: BucketFollower
  readonly #missing: MissingEntries
  readonly #age: ReplicaAge
  readonly #alarm: ReplicaAlarm
  readonly #pauses: PauseWatch
  readonly #uptimeMs: () => number
  #source: ReplicaSource = 'nothing'
  #startedAtUptimeMs: number
  #appliedAt: Date | undefined

  constructor(options: FeedReplicaOptions<K>) {
    const { kind, link, rpc, log, pollIntervalMs = 5_000, alertAfterSeconds = 20, pauseThresholdMs = 5_000 } = options
    const { now = Date.now, uptimeMs = () => performance.now() } = options
    this.kind = kind
    this.#options = options
    this.#uptimeMs = uptimeMs
    this.#startedAtUptimeMs = uptimeMs()
    this.#age = new ReplicaAge({ now, uptimeMs })
    this.#alarm = new ReplicaAlarm({ log, alertAfterSeconds, uptimeMs })
    this.#entries = new ReplicaEntries(options.projection ?? { apply: () => undefined })
    this.#intake = new ReplicaIntake({
      kind,
      entries: this.#entries,
      log,
      onApplied: (entry, text) => {
        this.#appliedAt = new Date(now())
        this.#options.disk?.write(`${entry.org}.${entry.id}`, entry.rev, text)
      },
    })
    this.#missing = new MissingEntries(kind, rpc, {
      found: (key, message) => void this.#intake.answer(key, message),
      unknown: (key) => {
        this.#drop(key)
      },
    })
    this.#follower = new BucketFollower({ link, kind, pollIntervalMs, listener: this.#listener(), log })
    this.#pauses = new PauseWatch({
      thresholdMs: pauseThresholdMs,
      tickMs: TICK_MS,
      onTick: () => {
        this.#alarm.look(this.#state())
      },
      onPause: (lateMs) => {
        log.warn({ kind, lateMs: Math.round(lateMs) }, 'this process stood still; the bucket is listed again')
        this.#follower.listAgain()
      },
    })
  }

  /** Loads what lies on the disk, then follows the bucket in the background. NATS may be away. */
  async start(): Promise<void> {
    this.#startedAtUptimeMs = this.#uptimeMs()
    this.#pauses.start()
    const loaded = await this.#options.disk?.load((entry) => {
      this.#load(entry)
    })
    if (loaded !== undefined) {
      this.#source = 'disk'
      this.#age.wasVerified(loaded.verifiedAt)
    }
    this.#follower.start()
  }

  async stop(): Promise<void> {
    this.#pauses.stop()
    await this.#follower.stop()
    this.#options.disk?.flush()
  }

  /** The newest state that arrived; `value` is null when it is a deletion. `undefined` = never heard of. */
  get(org: string, id: string): FeedEntry<FeedValue<K>> | undefined {
    return this.#entries.get(org, id)
  }

  /** All entries, deletions included, in no order. */
  entries(): IterableIterator<FeedEntry<FeedValue<K>>> {
    return this.#entries.values()
  }

  /** Of all entries, as `feedDigest` has it. */
  get digest(): string {
    return this.#entries.digest
  }

  get size(): number {
    return this.#entries.size
  }

  /** Takes an entry that its owner gave in an answer, as if the bucket had brought it; `false` when it cannot be read. */
  offer(message: unknown): boolean {
    return this.#intake.offer(message) !== undefined
  }

  state(): ReplicaState {
    const state = this.#state()
    return { ...state, alerts: this.#alarm.alerts(state) }
  }

  #state(): AlarmingState {
    const { lag, listings, sequence } = this.#follower.status()
    const { parked } = this.#intake
    const missing = this.#whatIsMissing()
    return {
      kind: this.kind,
      ready: missing === undefined,
      ...(missing === undefined ? {} : { missing }),
      source: this.#source,
      lag,
      sequence,
      appliedAt: this.#appliedAt,
      ageSeconds: this.#age.seconds,
      entries: this.#entries.size,
      digest: this.#entries.digest,
      parked: parked.size,
      refused: parked.refused,
      unconfirmed: this.#missing.size,
      listings,
      isIndexBroken: this.#entries.isBroken,
      isDiskFailing: this.#options.disk?.isFailing ?? false,
    }
  }

  #whatIsMissing(): string | undefined {
    const { link, maxStalenessSeconds, diskGraceMs = 1_000 } = this.#options
    const { phase } = this.#follower.status()
    if (this.#source === 'nothing') return missingBecause(this.kind, phase)
    if (this.#source === 'disk' && !link.isAway && this.#uptimeMs() - this.#startedAtUptimeMs < diskGraceMs) {
      return `${this.kind} are being looked for in NATS`
    }
    if (maxStalenessSeconds !== undefined && (this.#age.seconds ?? Number.POSITIVE_INFINITY) > maxStalenessSeconds) {
      return `${this.kind} are older than ${maxStalenessSeconds} s`
    }
    if (this.#entries.isBroken) return `an index of ${this.kind} is broken; restart this process`
    if (this.#mayAllowByAbsence()) return `${this.kind} that this version cannot read; upgrade this process`
    return undefined
  }

  /** An unread message may be the only one that denies something: then nothing may be decided (docs/adr/0010). */
  #mayAllowByAbsence(): boolean {
    const { parked } = this.#intake
    if (parked.size === 0 || !absenceAllows(this.kind)) return false
    if (parked.isFull) return true
    for (const [key] of parked.entries()) if (this.#entries.at(key) === undefined) return true
    return false
  }

  #listener(): BucketListener {
    return {
      message: (key, bytes) => {
        const intake = this.#intake.message(key, bytes)
        // Its owner knows what belongs there, and repairs the bucket when it is asked.
        if (intake === 'malformed' || intake === 'leap') this.#isMissing(key)
        else if (intake === 'contradicted') this.#isMissing(key, this.#entries.at(key))
        else this.#missing.delete(key)
      },
      listed: (present) => {
        this.#source = 'nats'
        this.#intake.parked.keep(present)
        for (const key of this.#entries.keys()) if (!present.has(key)) this.#missing.add(key)
        this.#verified()
      },
      vanished: (key) => {
        if (this.#entries.at(key) !== undefined) this.#isMissing(key)
      },
      verified: () => {
        this.#verified()
      },
    }
  }

  #load(entry: FeedEntry<FeedValue<K>>): void {
    try {
      this.#entries.apply(entry)
    } catch (error) {
      // The bucket brings it again, and then it is parked.
      this.#options.log.error({ kind: this.kind, id: entry.id, reason: reasonOf(error) }, 'an index refused an entry of the disk')
    }
  }

  /** What its owner does not know any more, or never did. */
  #drop(key: string): void {
    this.#intake.parked.delete(key)
    try {
      this.#entries.drop(key)
      this.#options.disk?.remove(key)
    } catch (error) {
      this.#options.log.error({ kind: this.kind, key, reason: reasonOf(error) }, 'an index refused that an entry goes')
    }
  }

  /** @param held what the owner has to put its own state above, if it is not its own */
  #isMissing(key: string, held?: FeedEntry<unknown>): void {
    this.#missing.add(key, held === undefined ? undefined : { rev: held.rev, content: contentOf(held) })
    // While a bucket is listed, more may be missing: they are asked for together.
    if (this.#follower.status().phase === 'following') void this.#missing.ask()
  }

  /** Nothing more is on its way: the moment to ask for what is missing, and to note how old the state is. */
  #verified(): void {
    this.#age.verified()
    this.#options.disk?.complete(new Date((this.#options.now ?? Date.now)()))
    if (this.#missing.size > 0) void this.#missing.ask()
  }
}
