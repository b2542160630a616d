import { type FeedKind } from '@cambio/contracts'
import { openReplicaFile, REPLICA_SLOTS, type ReplicaFile, takeReplicaSlot } from '@cambio/store'

import { type MessagingLog } from '../message-log.js'
import { ReplicaDisk } from './replica-disk.js'

export interface ReplicaDisksOptions {
  /** Of the service; its processes on one machine may share it. Made with mode 0700, the files with 0600. */
  readonly directory: string
  /** `CAMBIO_SNAPSHOT_KEY`, at least 32 bytes. */
  readonly snapshotKey: Uint8Array
  readonly log: MessagingLog
}

interface OpenFile {
  readonly path: string
  readonly rows: ReplicaFile
  release(): void
}

/** The file from which all replicas of one process start when NATS or an owner is away. */
export class ReplicaDisks {
  readonly #options: ReplicaDisksOptions
  readonly #open: OpenFile

  private constructor(options: ReplicaDisksOptions, open: OpenFile) {
    this.#options = options
    this.#open = open
  }

  /**
   * Takes the first of `replica.db`, `replica-2.db`, … that no other process has, and keeps it for the life of this one;
   * with all taken there is nothing on the disk, and a start needs NATS. A file that is damaged, or that a newer version
   * wrote, is put away and built anew from NATS.
   *
   * @throws StoreOpenError one sentence when the place cannot be used
   */
  static async open(options: ReplicaDisksOptions): Promise<ReplicaDisks> {
    const { directory, log } = options
    const slot = takeReplicaSlot(directory)
    if (slot === undefined) log.error({ directory, slots: REPLICA_SLOTS }, 'every replica file is in use; this process keeps none')
    const path = slot?.file ?? ':memory:'
    const release = (): void => slot?.release()
    try {
      return new ReplicaDisks(options, { path, rows: await openRows(path, log), release })
    } catch (error) {
      release()
      throw error
    }
  }

  /** Where it lies; `:memory:` when every place was taken. */
  get path(): string {
    return this.#open.path
  }

  /** The part of one kind. */
  of<K extends FeedKind>(kind: K): ReplicaDisk<K> {
    const { snapshotKey, log } = this.#options
    return new ReplicaDisk({ kind, file: this.#open.rows, snapshotKey, log })
  }

  /** After the replicas have stopped. */
  close(): void {
    this.#open.rows.close()
    this.#open.release()
  }
}

async function openRows(path: string, log: MessagingLog): Promise<ReplicaFile> {
  const opened = await openReplicaFile({ file: path })
  if (opened.ok) return opened.value
  log.error({ file: path, reason: opened.reason }, 'the replica file is refused and built anew')
  opened.discard()
  const fresh = await openReplicaFile({ file: path })
  if (!fresh.ok) throw new Error(`a fresh replica file at ${path} is ${fresh.reason}`)
  return fresh.value
}
