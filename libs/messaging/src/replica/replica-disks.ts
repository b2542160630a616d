import { type FeedKind } from '@cambio/contracts'
import { openReplicaFile, type ReplicaFile } from '@cambio/store'

import { type MessagingLog } from '../message-log.js'
import { ReplicaDisk } from './replica-disk.js'

export interface ReplicaDisksOptions {
  /** Of this process alone; made with mode 0600. */
  readonly file: string
  /** `CAMBIO_SNAPSHOT_KEY`, at least 32 bytes. */
  readonly snapshotKey: Uint8Array
  readonly log: MessagingLog
}

/** The file from which all replicas of one process start when NATS or an owner is away. */
export class ReplicaDisks {
  readonly #options: ReplicaDisksOptions
  readonly #file: ReplicaFile

  private constructor(options: ReplicaDisksOptions, file: ReplicaFile) {
    this.#options = options
    this.#file = file
  }

  /**
   * Opens the file. One that is damaged, or that a newer version wrote, is put away and built anew from NATS.
   *
   * @throws StoreOpenError one sentence when the place cannot be used
   */
  static async open(options: ReplicaDisksOptions): Promise<ReplicaDisks> {
    const opened = await openReplicaFile({ file: options.file })
    if (opened.ok) return new ReplicaDisks(options, opened.value)
    options.log.error({ file: options.file, reason: opened.reason }, 'the replica file is refused and built anew')
    opened.discard()
    const fresh = await openReplicaFile({ file: options.file })
    if (!fresh.ok) throw new Error(`a fresh replica file at ${options.file} is ${fresh.reason}`)
    return new ReplicaDisks(options, fresh.value)
  }

  /** The part of one kind. */
  of<K extends FeedKind>(kind: K): ReplicaDisk<K> {
    const { snapshotKey, log } = this.#options
    return new ReplicaDisk({ kind, file: this.#file, snapshotKey, log })
  }

  /** After the replicas have stopped. */
  close(): void {
    this.#file.close()
  }
}
