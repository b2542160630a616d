import { randomUUID } from 'node:crypto'

import { type RpcContract, type RpcResult, rpcResultSchema } from '@cambio/contracts'
import { errors, headers, type MsgHdrs, type NatsConnection } from '@nats-io/transport-node'
import { type z } from 'zod'

import { type NatsLink } from '../link/nats-link.js'
import { type MessagingLog, reasonOf } from '../message-log.js'
import { decodeJson, encodePacket, failed, rpcAnswerPacketSchema } from './rpc-wire.js'

/** When `ask` is not told otherwise. */
export const RPC_DEADLINE_MS = 1_000

export interface AskOptions {
  /** How long the answer may take, 1 to 60,000. Default 1,000. */
  readonly deadlineMs?: number
}

export interface RpcClientOptions {
  /** The `traceparent` (W3C Trace Context) of what the running code works for, handed on with each question. Default: none. */
  readonly traceparent?: () => string | undefined
}

/** Asks the other services. An injection token of its own. */
export class RpcClient {
  readonly #link: NatsLink
  readonly #log: MessagingLog
  readonly #traceparent: () => string | undefined
  readonly #schemas = new WeakMap<z.ZodType, z.ZodType>()
  /** Questions under way: when the connection goes, their answers go with it. */
  readonly #underWay = new Set<() => void>()

  constructor(link: NatsLink, log: MessagingLog, { traceparent = () => undefined }: RpcClientOptions = {}) {
    this.#link = link
    this.#log = log
    this.#traceparent = traceparent
    link.onDisconnect(() => {
      for (const giveUp of this.#underWay) giveUp()
    })
  }

  /**
   * Asks once; a repetition is the caller's decision.
   *
   * Never rejects for what may happen: besides the owner's own codes the failure is `unavailable` (no connection, or
   * nobody serves the question: known at once), `timeout`, `invalid_request` (larger than NATS takes, or refused by the
   * owner), `invalid_answer` or `internal`.
   */
  async ask<Q, A>(contract: RpcContract<Q, A>, request: Q, options: AskOptions = {}): Promise<RpcResult<A>> {
    const connection = this.#link.connection
    if (connection === undefined) return failed('unavailable', 'there is no connection to NATS')
    const packet = encodePacket({ pattern: contract.subject, data: request, id: randomUUID() })
    if (packet.length > (connection.info?.max_payload ?? Number.POSITIVE_INFINITY)) {
      return failed('invalid_request', 'the request is larger than NATS takes')
    }
    const answer = await this.#exchange(connection, contract.subject, packet, options.deadlineMs ?? RPC_DEADLINE_MS)
    return answer.ok ? this.#read(contract, answer.value) : answer
  }

  async #exchange(connection: NatsConnection, subject: string, packet: Uint8Array, deadlineMs: number): Promise<RpcResult<Uint8Array>> {
    const { promise: lost, resolve } = Promise.withResolvers<RpcResult<Uint8Array>>()
    const giveUp = (): void => {
      resolve(failed('unavailable', 'the connection to NATS was lost'))
    }
    this.#underWay.add(giveUp)
    const answered = connection.request(subject, packet, { timeout: deadlineMs, ...this.#headers() }).then(
      (message): RpcResult<Uint8Array> => ({ ok: true, value: message.data }),
      (error: unknown) => this.#failure(subject, error),
    )
    return Promise.race([answered, lost]).finally(() => this.#underWay.delete(giveUp))
  }

  #headers(): { readonly headers?: MsgHdrs } {
    const traceparent = this.#traceparent()
    if (traceparent === undefined) return {}
    const carried = headers()
    carried.set('traceparent', traceparent)
    return { headers: carried }
  }

  #failure(subject: string, error: unknown): RpcResult<never> {
    if (error instanceof errors.TimeoutError) return failed('timeout')
    const nobody = error instanceof errors.NoRespondersError || (error instanceof errors.RequestError && error.isNoResponders())
    if (!nobody) this.#log.warn({ subject, reason: reasonOf(error) }, 'a question could not be asked')
    return failed('unavailable')
  }

  #read<Q, A>(contract: RpcContract<Q, A>, bytes: Uint8Array): RpcResult<A> {
    const packet = rpcAnswerPacketSchema.safeParse(decodeJson(bytes))
    if (packet.success && packet.data.err !== undefined) return failed('internal')
    const result = packet.success ? this.#schemaOf(contract).safeParse(packet.data.response) : undefined
    if (result?.success === true) return result.data
    this.#log.error({ subject: contract.subject }, 'an answer does not have the agreed shape')
    return failed('invalid_answer')
  }

  #schemaOf<Q, A>(contract: RpcContract<Q, A>): z.ZodType<RpcResult<A>> {
    const known = this.#schemas.get(contract.answer) as z.ZodType<RpcResult<A>> | undefined
    if (known !== undefined) return known
    const schema = rpcResultSchema(contract.answer)
    this.#schemas.set(contract.answer, schema)
    return schema
  }
}
