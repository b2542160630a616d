import { type Msg, type NatsConnection, type Subscription } from '@nats-io/transport-node'

import { type MessagingLog, reasonOf } from '../message-log.js'

export interface SubscriptionOptions {
  /** Of all subscribers with the same queue name one gets each message; absent: everyone does. */
  readonly queue?: string
  readonly onMessage: (message: Msg) => void
  /** Called when the server forbids it (permissions); the subscription is then without effect. */
  readonly onRefused?: (error: Error) => void
}

/**
 * A subscription that belongs to the link and not to one connection: it may be made before the first connection, and it
 * is made anew on each connection that replaces another.
 */
export class LinkSubscription {
  readonly subject: string
  readonly #options: SubscriptionOptions
  readonly #log: MessagingLog
  readonly #onUnsubscribe: () => void
  #current: Subscription | undefined

  constructor(subject: string, options: SubscriptionOptions, log: MessagingLog, onUnsubscribe: () => void) {
    this.subject = subject
    this.#options = options
    this.#log = log
    this.#onUnsubscribe = onUnsubscribe
  }

  /** Makes it on that connection, which keeps it over its own reconnections. */
  attach(connection: NatsConnection): void {
    const { queue, onRefused } = this.#options
    this.#current = connection.subscribe(this.subject, {
      ...(queue === undefined ? {} : { queue }),
      callback: (error, message) => {
        if (error === null) this.#receive(message)
        else onRefused?.(error)
      },
    })
  }

  /** An error that left the callback would end the package's reading of the whole connection. */
  #receive(message: Msg): void {
    try {
      this.#options.onMessage(message)
    } catch (error) {
      this.#log.error({ subject: this.subject, reason: reasonOf(error) }, 'a message met an error')
    }
  }

  unsubscribe(): void {
    this.#current?.unsubscribe()
    this.#current = undefined
    this.#onUnsubscribe()
  }
}
