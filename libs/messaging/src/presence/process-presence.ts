import { type Presence, PRESENCE_SUBJECT } from '@cambio/contracts'

import { type NatsLink } from '../link/nats-link.js'
import { encodePacket } from '../rpc/rpc-wire.js'

/** How often a process says that it is there. */
export const PRESENCE_INTERVAL_MS = 5_000

export interface ProcessPresenceOptions {
  readonly link: NatsLink
  /** This process, and the kinds that it holds replicas of. */
  readonly presence: Omit<Presence, 'leaving'>
  /** Default 5,000. */
  readonly intervalMs?: number
}

/** Says that this process is there: at each connection, every 5 s, and once more when it leaves. */
export class ProcessPresence {
  readonly #options: ProcessPresenceOptions
  #timer: NodeJS.Timeout | undefined
  #unlisten: (() => void) | undefined

  constructor(options: ProcessPresenceOptions) {
    this.#options = options
  }

  /** A second call does nothing. */
  start(): void {
    if (this.#timer !== undefined) return
    const { link, intervalMs = PRESENCE_INTERVAL_MS } = this.#options
    this.#unlisten = link.onConnect(() => {
      this.#say()
    })
    this.#timer = setInterval(() => {
      this.#say()
    }, intervalMs).unref()
    this.#say()
  }

  stop(): void {
    if (this.#timer === undefined) return
    clearInterval(this.#timer)
    this.#timer = undefined
    this.#unlisten?.()
    this.#say(true)
  }

  #say(leaving?: true): void {
    const { link, presence } = this.#options
    const message: Presence = leaving === undefined ? presence : { ...presence, leaving }
    link.connection?.publish(PRESENCE_SUBJECT, encodePacket(message))
  }
}
