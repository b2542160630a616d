import { setTimeout as delay } from 'node:timers/promises'

import { connect, errors, type NatsConnection, type NodeConnectionOptions, type Status } from '@nats-io/transport-node'

import { type MessagingLog, reasonOf } from '../message-log.js'
import { connectionOptions, type NatsLinkOptions } from './link-options.js'
import { type LinkState, type LinkStatus, NatsRefused, isServerRecentEnough } from './link-state.js'
import { LinkSubscription, type SubscriptionOptions } from './link-subscription.js'

/** Pause before a server that refused is asked again. */
const REFUSED_WAIT_MS = 5_000

/** From then on a log line says that the server is away. */
const AWAY_NOTICE_MS = 3_000

/** Different errors that one connection may fill the log with. */
const MAX_REPORTS = 50

/** How long `close` lets what is under way go out. */
const DRAIN_MS = 2_000

/**
 * The one connection of a process to NATS. It never gives up: a server that is away at the start, goes away, freezes or
 * loses its store leaves the process up, and all that is built on the link resumes by itself.
 *
 * Source: docs/architecture.md, Messages.
 */
export class NatsLink {
  readonly name: string
  readonly #options: NodeConnectionOptions
  readonly #log: MessagingLog
  readonly #subscriptions = new Set<LinkSubscription>()
  readonly #connectListeners = new Set<() => void>()
  readonly #disconnectListeners = new Set<() => void>()
  readonly #first = Promise.withResolvers<undefined>()
  readonly #closing = new AbortController()
  readonly #reports = new Set<string>()
  #connection: NatsConnection | undefined
  #state: LinkState = { status: 'never connected', since: new Date() }
  #isAway = false
  #lastFailure: string | undefined

  constructor(options: NatsLinkOptions) {
    this.name = options.name
    this.#log = options.log
    this.#options = {
      ...connectionOptions(options),
      // The package would wait without a word; a round of attempts that fails tells that nobody is there.
      waitOnFirstConnect: false,
      // The only way to end the package's attempts to connect anew.
      reconnectToServer: () => {
        if (this.#closing.signal.aborted) throw new Error('the link is closed')
        return null
      },
    }
    // Whoever does not wait for the first connection learns of a refusal by `state`.
    this.#first.promise.catch(() => undefined)
    void this.#run()
  }

  get state(): LinkState {
    return this.#state
  }

  /** The connection while it is up; `undefined` while a message could not go out at once. */
  get connection(): NatsConnection | undefined {
    return this.#state.status === 'connected' ? this.#connection : undefined
  }

  /** Whether every server has been tried, none could be connected to, and none has been since: nothing comes from NATS for now. */
  get isAway(): boolean {
    return this.#isAway
  }

  /** Resolves at the first connection. @throws NatsRefused when the server turns this process away, or the link is closed before */
  async connected(): Promise<void> {
    await this.#first.promise
  }

  /** Calls back at each connection, the first and every regained one; gives the function that ends it. */
  onConnect(listener: () => void): () => void {
    this.#connectListeners.add(listener)
    return () => {
      this.#connectListeners.delete(listener)
    }
  }

  /** Calls back each time the connection is lost or closed; gives the function that ends it. */
  onDisconnect(listener: () => void): () => void {
    this.#disconnectListeners.add(listener)
    return () => {
      this.#disconnectListeners.delete(listener)
    }
  }

  /** Subscribes for the life of the link, now or as soon as there is a connection. */
  subscribe(subject: string, options: SubscriptionOptions): LinkSubscription {
    const subscription = new LinkSubscription(subject, options, this.#log, () => this.#subscriptions.delete(subscription))
    this.#subscriptions.add(subscription)
    if (this.#connection?.isClosed() === false) subscription.attach(this.#connection)
    return subscription
  }

  /** Lets what is under way go out (≤ 2 s) and ends the connection. A second call does nothing. */
  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return
    this.#closing.abort()
    const connection = this.#connection
    const wasConnected = this.connection !== undefined
    this.#become('closed')
    this.#first.reject(new NatsRefused('the link to NATS was closed before it was connected'))
    if (connection === undefined || connection.isClosed()) return
    if (wasConnected) {
      await Promise.race([connection.drain().catch(() => undefined), delay(DRAIN_MS, undefined, { ref: false })])
    }
    await connection.close()
    for (const listener of this.#disconnectListeners) listener()
  }

  /** One turn for each connection object. The package makes a new one only after it gave up the old, which is rare. */
  async #run(): Promise<void> {
    let slow: NodeJS.Timeout | undefined
    while (!this.#closing.signal.aborted) {
      slow ??= setTimeout(() => {
        this.#log.warn(
          { servers: this.#options.servers, reason: this.#lastFailure },
          'NATS is not there yet; going on without it and trying again',
        )
      }, AWAY_NOTICE_MS).unref()
      const pauseMs = await this.#connectOnce(() => {
        clearTimeout(slow)
        slow = undefined
      })
      await delay(pauseMs, undefined, { signal: this.#closing.signal, ref: false }).catch(() => undefined)
    }
    clearTimeout(slow)
  }

  /** Connects and stays until that connection has ended; gives the pause before the next. */
  async #connectOnce(onAnswered: () => void): Promise<number> {
    const { reconnectTimeWait = 0, reconnectJitter = 0 } = this.#options
    const retryMs = reconnectTimeWait + Math.random() * reconnectJitter
    try {
      const connection = await connect(this.#options)
      onAnswered()
      const version = connection.info?.version ?? ''
      if (!isServerRecentEnough(version)) {
        await connection.close()
        this.#refused(`nats-server ${version} is too old: version 2.9 or newer is needed`)
        return REFUSED_WAIT_MS
      }
      await this.#live(connection)
      return retryMs
    } catch (error) {
      if (this.#closing.signal.aborted) return 0
      if (isRefusal(error)) {
        onAnswered()
        this.#refused('NATS refused the credentials: check the user, password, token or credentials file')
        return REFUSED_WAIT_MS
      }
      this.#isAway = true
      this.#lastFailure = reasonOf(error)
      return retryMs
    }
  }

  async #live(connection: NatsConnection): Promise<void> {
    if (this.#closing.signal.aborted) {
      await connection.close()
      return
    }
    this.#connection = connection
    for (const subscription of this.#subscriptions) subscription.attach(connection)
    this.#connected()
    for await (const status of connection.status()) this.#follow(status)
    this.#connection = undefined
    this.#disconnected()
  }

  #follow(status: Status): void {
    switch (status.type) {
      case 'disconnect':
        this.#disconnected()
        break
      case 'reconnect':
        this.#connected()
        break
      case 'error':
        this.#reported(reasonOf(status.error))
        break
      case 'staleConnection':
        this.#log.warn({}, 'NATS does not answer pings')
        break
      case 'slowConsumer':
        this.#log.warn({ pending: status.pending }, 'messages from NATS wait to be processed')
        break
      default:
        break
    }
  }

  /** Once for each connection: what is not permitted is tried again and again. */
  #reported(reason: string): void {
    if (this.#reports.has(reason) || this.#reports.size >= MAX_REPORTS) return
    this.#reports.add(reason)
    this.#log.warn({ reason }, 'NATS reported an error')
  }

  #connected(): void {
    this.#reports.clear()
    this.#isAway = false
    this.#become('connected')
    this.#log.info({ server: this.#connection?.getServer() }, 'connected to NATS')
    this.#first.resolve(undefined)
    for (const listener of this.#connectListeners) listener()
  }

  #disconnected(): void {
    if (this.#state.status !== 'connected') return
    this.#become('disconnected')
    this.#log.warn({}, 'the connection to NATS is lost')
    for (const listener of this.#disconnectListeners) listener()
  }

  #refused(reason: string): void {
    if (this.#state.reason !== reason) this.#log.error({}, reason)
    this.#become('refused', reason)
    this.#first.reject(new NatsRefused(reason))
  }

  #become(status: LinkStatus, reason?: string): void {
    if (this.#state.status === 'closed') return
    if (this.#state.status === status && this.#state.reason === reason) return
    this.#state = { status, since: new Date(), ...(reason === undefined ? {} : { reason }) }
  }
}

/** A server that waited too long for the credentials, because this process was busy, has not refused them. */
function isRefusal(error: unknown): boolean {
  if (error instanceof errors.UserAuthenticationExpiredError) return true
  return error instanceof errors.AuthorizationError && !/authentication timeout/i.test(error.message)
}

/** Opens the process's link to NATS; it connects in the background. @throws TypeError for malformed options */
export function createNatsLink(options: NatsLinkOptions): NatsLink {
  return new NatsLink(options)
}
