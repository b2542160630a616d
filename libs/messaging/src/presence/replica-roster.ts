import { type FeedKind, type Presence, PRESENCE_SUBJECT, presenceSchema } from '@cambio/contracts'
import { type Msg } from '@nats-io/transport-node'

import { type LinkSubscription } from '../link/link-subscription.js'
import { type NatsLink } from '../link/nats-link.js'
import { decodeJson } from '../rpc/rpc-wire.js'
import { PRESENCE_INTERVAL_MS } from './process-presence.js'

/** A process that was not heard of for this long is not counted any more. Long: a hung replica is to be seen, not forgotten. */
const MEMORY_MS = 60_000

/** Far more processes than a fleet has; a forger may not fill the memory. */
const MAX_PROCESSES = 1_000

const PRESENCE_MAX_BYTES = 4_096

export interface ReplicaRosterOptions {
  readonly link: NatsLink
  /** How often processes are agreed to say that they are there. Default 5,000. */
  readonly intervalMs?: number
  /** Default 60,000. */
  readonly memoryMs?: number
  /** Milliseconds that only grow. Default: the system's monotonic clock. */
  readonly now?: () => number
}

/** Who is there, as far as this process has heard: what "of how many" is counted by. */
export class ReplicaRoster {
  readonly #options: ReplicaRosterOptions
  readonly #now: () => number
  readonly #heard = new Map<string, { readonly presence: Presence; readonly at: number }>()
  readonly #unlisten: readonly (() => void)[]
  readonly #subscription: LinkSubscription
  #listeningSince: number | undefined

  /** Listens from its making on. */
  constructor(options: ReplicaRosterOptions) {
    const { link, now = () => performance.now() } = options
    this.#options = options
    this.#now = now
    this.#listeningSince = link.connection === undefined ? undefined : now()
    this.#unlisten = [link.onConnect(() => (this.#listeningSince = now())), link.onDisconnect(() => (this.#listeningSince = undefined))]
    this.#subscription = link.subscribe(PRESENCE_SUBJECT, {
      onMessage: (message) => {
        this.#hear(message)
      },
    })
  }

  stop(): void {
    for (const unlisten of this.#unlisten) unlisten()
    this.#subscription.unsubscribe()
  }

  /** The names of the replicas of a kind that were heard of within the last minute and have not left. */
  holding(kind: FeedKind): ReadonlySet<string> {
    const { memoryMs = MEMORY_MS } = this.#options
    const names = new Set<string>()
    for (const [name, { presence, at }] of this.#heard) {
      if (this.#now() - at > memoryMs) this.#heard.delete(name)
      else if (presence.kinds.includes(kind)) names.add(name)
    }
    return names
  }

  /** Whether all who are there have had the time to say so: connected without a break for two intervals. */
  get isComplete(): boolean {
    const { intervalMs = PRESENCE_INTERVAL_MS } = this.#options
    return this.#listeningSince !== undefined && this.#now() - this.#listeningSince >= 2 * intervalMs
  }

  #hear(message: Msg): void {
    if (message.data.length > PRESENCE_MAX_BYTES) return
    const read = presenceSchema.safeParse(decodeJson(message.data))
    if (!read.success) return
    const name = replicaNameOf(read.data)
    if (read.data.leaving === true) this.#heard.delete(name)
    else if (this.#heard.has(name) || this.#heard.size < MAX_PROCESSES) this.#heard.set(name, { presence: read.data, at: this.#now() })
  }
}

/** What names a process among those of all services. */
export function replicaNameOf({ service, replica }: { readonly service: string; readonly replica: string }): string {
  return `${service}/${replica}`
}
