import { setImmediate as nextTurn } from 'node:timers/promises'

import { type FeedEntry, type FeedKind, type FeedValue } from '@cambio/contracts'
import { type ReplicaFile, ReplicaFileCorrupt, type ReplicaRow, StoreUnavailable } from '@cambio/store'
import { z } from 'zod'

import { decodeFeedEntry, parseJson } from '../feed/feed-codec.js'
import { SetDigest } from '../feed/set-digest.js'
import { type MessagingLog, reasonOf } from '../message-log.js'
import { RowSeal } from './row-seal.js'

/** The row that speaks for all others of its kind, written in one transaction with them; no aggregate's key can equal it. */
const SEAL_KEY = '_seal'

/** The body of a row that was dropped and waits to be removed. */
const DROPPED = ''

const FLUSH_AFTER_MS = 50
const FLUSH_ROWS = 200
/** After a failure (a full disk) and for the age alone. */
const RETRY_MS = 5_000
const AGE_MS = 30_000

/** `verifiedAt`: when the rows were last known to be all that the bucket held; null = never, so one cannot start from them. */
const sealSchema = z.object({ digest: z.string(), verifiedAt: z.iso.datetime().nullable() })

export interface ReplicaDiskOptions<K extends FeedKind> {
  readonly kind: K
  /** May be shared by the replicas of one process. */
  readonly file: ReplicaFile
  /** `CAMBIO_SNAPSHOT_KEY`, at least 32 bytes. */
  readonly snapshotKey: Uint8Array
  readonly log: MessagingLog
}

interface Change {
  readonly rev: number
  readonly body: string
}

/** What one replica keeps on the disk, to start from when NATS or an owner is away. Nothing of it is used before all of it is proved. */
export class ReplicaDisk<K extends FeedKind> {
  readonly #options: ReplicaDiskOptions<K>
  readonly #seal: RowSeal
  readonly #macs = new Map<string, string>()
  readonly #changes = new Map<string, Change>()
  /** Over the MACs of all rows: one that was taken away, or an old one that was put back, is noticed by it. */
  #digest = new SetDigest()
  #verifiedAt: Date | undefined
  #sealedAt = 0
  #isBroken = false
  #isPaused = false
  #timer: NodeJS.Timeout | undefined

  constructor(options: ReplicaDiskOptions<K>) {
    this.#options = options
    this.#seal = new RowSeal(options.snapshotKey)
  }

  /** Whether it still writes; `false` once the file turned out to be damaged. */
  get isUsable(): boolean {
    return !this.#isBroken
  }

  /** Whether the last attempt to write failed, or none is made any more. */
  get isFailing(): boolean {
    return this.#isBroken || this.#isPaused
  }

  /**
   * Hands over every entry, if all rows are proved to be what was written, and tells when they were last known to be all
   * that the bucket holds; `undefined` when there is nothing that one may start from. Rows that are not proved are removed.
   */
  async load(apply: (entry: FeedEntry<FeedValue<K>>) => void): Promise<{ readonly verifiedAt: Date } | undefined> {
    const { kind, log } = this.#options
    try {
      const loaded = await this.#read()
      if (loaded === undefined) return undefined
      for (const [index, entry] of loaded.entries()) {
        apply(entry)
        if (index % 200 === 199) await nextTurn()
      }
      return this.#verifiedAt === undefined ? undefined : { verifiedAt: this.#verifiedAt }
    } catch (error) {
      log.error({ kind, reason: reasonOf(error) }, 'what lies on the disk is refused')
      this.#refuse(error)
      return undefined
    }
  }

  write(key: string, rev: number, body: string): void {
    this.#change(key, { rev, body })
  }

  remove(key: string): void {
    this.#change(key, { rev: 0, body: DROPPED })
  }

  /** Notes that all that the bucket holds had arrived at that time. */
  complete(at: Date): void {
    this.#verifiedAt = at
    if (at.getTime() - this.#sealedAt >= AGE_MS) this.#flushIn(FLUSH_AFTER_MS)
  }

  /** Writes now what waits. */
  flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#isBroken) return
    try {
      this.#write()
      this.#isPaused = false
    } catch (error) {
      this.#isPaused = true
      this.#isBroken = error instanceof ReplicaFileCorrupt
      this.#options.log.error({ kind: this.#options.kind, reason: reasonOf(error) }, 'the replica file cannot be written')
      if (!this.#isBroken) this.#flushIn(RETRY_MS)
    }
  }

  #change(key: string, change: Change): void {
    this.#changes.set(key, change)
    // After a failure the pause is kept, however much comes in.
    if (this.#changes.size < FLUSH_ROWS || this.#isPaused) this.#flushIn(FLUSH_AFTER_MS)
    else this.flush()
  }

  #flushIn(ms: number): void {
    if (this.#isBroken) return
    this.#timer ??= setTimeout(() => {
      this.flush()
    }, ms).unref()
  }

  /** One transaction: rows and the seal that fits them. Dropped rows are no part of it and go afterwards. */
  #write(): void {
    const { kind, file } = this.#options
    const digest = new SetDigest(this.#digest)
    const dropped: string[] = []
    const rows = [...this.#changes].map(([key, { rev, body }]) => {
      const before = this.#macs.get(key)
      if (before !== undefined) digest.toggle(Buffer.from(before, 'base64url'))
      const row = this.#row(key, rev, body)
      if (body === DROPPED) dropped.push(key)
      else digest.toggle(Buffer.from(row.mac, 'base64url'))
      return row
    })
    const verifiedAt = this.#verifiedAt?.toISOString() ?? null
    const seal = JSON.stringify({ digest: digest.toString(), verifiedAt })
    file.upsertMany([...rows, this.#row(SEAL_KEY, 0, seal)])
    for (const { key, body, mac } of rows) {
      if (body === DROPPED) this.#macs.delete(key)
      else this.#macs.set(key, mac)
    }
    this.#digest = digest
    this.#changes.clear()
    this.#sealedAt = this.#verifiedAt?.getTime() ?? 0
    for (const key of dropped) file.remove(kind, key)
  }

  #row(key: string, rev: number, body: string): ReplicaRow {
    const row = { kind: this.#options.kind, key, rev, body }
    return { ...row, mac: this.#seal.mac(row) }
  }

  /** @throws Error for whatever is not as it was written */
  async #read(): Promise<readonly FeedEntry<FeedValue<K>>[] | undefined> {
    const { kind, file } = this.#options
    const entries: FeedEntry<FeedValue<K>>[] = []
    let seal: ReplicaRow | undefined
    for (const rows of file.all(kind)) {
      for (const row of rows) {
        if (!this.#seal.holds(row)) throw new Error('a row was changed by somebody else, or the snapshot key is another one')
        if (row.key === SEAL_KEY) seal = row
        else if (row.body !== DROPPED) entries.push(this.#entryOf(row))
      }
      await nextTurn()
    }
    if (seal === undefined && entries.length === 0) return undefined
    this.#check(seal)
    return entries
  }

  #entryOf(row: ReplicaRow): FeedEntry<FeedValue<K>> {
    const reading = decodeFeedEntry(this.#options.kind, row.key, row.body)
    if (!reading.ok || reading.entry.rev !== row.rev) throw new Error('a row cannot be read by this version')
    this.#macs.set(row.key, row.mac)
    this.#digest.toggle(Buffer.from(row.mac, 'base64url'))
    return reading.entry
  }

  #check(row: ReplicaRow | undefined): void {
    const seal = sealSchema.safeParse(parseJson(row?.body ?? ''))
    if (!seal.success || seal.data.digest !== this.#digest.toString()) throw new Error('rows were taken away or put back')
    const { verifiedAt } = seal.data
    this.#verifiedAt = verifiedAt === null ? undefined : new Date(verifiedAt)
    this.#sealedAt = this.#verifiedAt?.getTime() ?? 0
  }

  /** Starts from nothing. Rows that somebody changed are removed; those that could not be read now may be good ones. */
  #refuse(error: unknown): void {
    const { kind, file, log } = this.#options
    this.#macs.clear()
    this.#digest = new SetDigest()
    this.#verifiedAt = undefined
    this.#sealedAt = 0
    this.#isBroken = error instanceof ReplicaFileCorrupt || error instanceof StoreUnavailable
    if (this.#isBroken) return
    try {
      const keys = [...file.all(kind)].flatMap((rows) => rows.map(({ key }) => key))
      for (const key of keys) file.remove(kind, key)
    } catch (failure) {
      this.#isBroken = true
      log.error({ kind, reason: reasonOf(failure) }, 'the replica file cannot be used')
    }
  }
}
