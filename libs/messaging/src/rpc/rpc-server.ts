import { setTimeout as delay } from 'node:timers/promises'

import { type ServiceName } from '@cambio/contracts'
import { type CustomStrategy, type CustomTransportStrategy, NatsContext, Server, Transport, type WritePacket } from '@nestjs/microservices'
import { type Msg } from '@nats-io/transport-node'
import { type Observable, of } from 'rxjs'

import { type LinkSubscription } from '../link/link-subscription.js'
import { type NatsLink } from '../link/nats-link.js'
import { type MessagingLog, reasonOf } from '../message-log.js'
import { decodeJson, encodePacket, failed, rpcRequestPacketSchema } from './rpc-wire.js'

/** A request larger than this is refused before it is parsed. */
const REQUEST_MAX_BYTES = 256 * 1024

const GRACE_PERIOD_MS = 2_000

export interface RpcServerOptions {
  readonly link: NatsLink
  /** Also the queue group: of all replicas of the service one answers. */
  readonly service: ServiceName
  readonly log: MessagingLog
  /** How long `close` waits for answers that are under way. Default 2,000. */
  readonly gracePeriodMs?: number
  /**
   * Runs what answers a question, so that whoever logs knows what it works for. Default: runs it.
   *
   * @param traceparent of the question, as it came: whoever uses it has to read it
   */
  readonly within?: (traceparent: string | undefined, answering: () => void) => void
}

/**
 * Nest's microservice on the process's one link. Nest's own NATS server opens a connection of its own, ends the process
 * when NATS is away at the start, and lets a malformed request time out; this one starts at once, serves as soon as
 * there is a connection, and answers every request.
 */
export class RpcServer extends Server implements CustomTransportStrategy {
  override transportId = Transport.NATS
  readonly #options: RpcServerOptions
  #subscriptions: LinkSubscription[] = []
  #pending = 0
  #refused = 0

  constructor(options: RpcServerOptions) {
    super()
    this.#options = options
  }

  /** Requests under way, and those refused as malformed or too large since the start. */
  rpcStatus(): { readonly pending: number; readonly refused: number } {
    return { pending: this.#pending, refused: this.#refused }
  }

  /** Subscribes to every registered question; it does not wait for NATS. */
  listen(callback: () => void): void {
    const { link, service, log } = this.#options
    this.#subscriptions = [...this.messageHandlers.keys()].map((subject) =>
      link.subscribe(subject, {
        queue: service,
        onMessage: (message) => {
          this.#serve(subject, message)
        },
        onRefused: (error) => {
          log.error({ subject, reason: reasonOf(error) }, 'NATS forbids this process to answer a question')
        },
      }),
    )
    callback()
  }

  /** Takes no further requests and waits for the answers under way. The link stays open: whoever made it closes it. */
  async close(): Promise<void> {
    for (const subscription of this.#subscriptions.splice(0)) subscription.unsubscribe()
    const graceEnds = Date.now() + (this.#options.gracePeriodMs ?? GRACE_PERIOD_MS)
    while (this.#pending > 0 && Date.now() < graceEnds) await delay(10)
  }

  /** Connection events are the link's. */
  override on(): never {
    throw new TypeError('subscribe to the link, not to the RPC server')
  }

  override unwrap(): never {
    throw new TypeError('the connection is the link, not the RPC server')
  }

  #serve(subject: string, message: Msg): void {
    const packet = message.data.length > REQUEST_MAX_BYTES ? undefined : rpcRequestPacketSchema.safeParse(decodeJson(message.data))
    const handler = this.getHandlerByPattern(subject)
    if (packet?.success !== true || handler === null) {
      this.#refused += 1
      this.#answer(subject, message, { response: failed('invalid_request', 'the message is not a request'), isDisposed: true })
      return
    }
    const { id, data } = packet.data
    const context = new NatsContext([message.subject, message.headers])
    const produce = async (): Promise<Observable<unknown>> => {
      try {
        return this.transformToObservable(await handler(data, context))
      } catch (error) {
        this.#options.log.error({ subject, reason: reasonOf(error) }, 'a question met an error')
        return of(failed('internal'))
      }
    }
    this.#pending += 1
    const { within = runs } = this.#options
    within(message.headers?.get('traceparent'), () => {
      this.handleRequest(context, produce, (answer) => {
        if (answer.isDisposed === true) this.#pending -= 1
        if (answer.response !== undefined || answer.err !== undefined) this.#answer(subject, message, { ...answer, id })
      })
    })
  }

  #answer(subject: string, message: Msg, packet: WritePacket & { readonly id?: string }): void {
    const { link, log } = this.#options
    const connection = link.connection
    // Without a connection the asker has long been told; NATS keeps no answers.
    if (connection === undefined || message.reply === undefined || message.reply === '') return
    const bytes = encodePacket(packet)
    if (bytes.length <= (connection.info?.max_payload ?? Number.POSITIVE_INFINITY)) {
      connection.publish(message.reply, bytes)
      return
    }
    log.error({ subject, bytes: bytes.length }, 'an answer is larger than NATS takes')
    connection.publish(message.reply, encodePacket({ ...packet, response: failed('internal', 'the answer is too large') }))
  }
}

const runs: NonNullable<RpcServerOptions['within']> = (_traceparent, answering) => {
  answering()
}

/**
 * What `app.connectMicroservice(…)` takes. Do not give it `inheritAppConfig`: the guards, pipes and filters of the HTTP
 * side do not fit here, and `@AnswersRpc` parses and answers by itself.
 */
export function natsMicroserviceOptions(options: RpcServerOptions): CustomStrategy & { readonly strategy: RpcServer } {
  return { strategy: new RpcServer(options) }
}
