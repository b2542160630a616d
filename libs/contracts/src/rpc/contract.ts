import { z } from 'zod'

import { type ServiceName } from '../feed/kinds.js'

/** A question that one service answers for others: its subject, who answers, and both shapes. */
export interface RpcContract<Q = unknown, A = unknown> {
  readonly subject: string
  readonly owner: ServiceName
  readonly request: z.ZodType<Q>
  readonly answer: z.ZodType<A>
}

/** Failures of the way itself, which every question may meet. `unavailable`: nobody answers; `timeout`: not in time. */
export const RPC_TRANSPORT_FAILURES = ['unavailable', 'timeout', 'invalid_request', 'invalid_answer', 'internal'] as const

/** Expected failures cross as data: a `code` and, where the asker can use it, a public `detail`. */
export const rpcFailureSchema = z.object({ code: z.string().min(1).max(64), detail: z.string().max(500).optional() })

export type RpcFailure = z.infer<typeof rpcFailureSchema>

export type RpcResult<A> = { readonly ok: true; readonly value: A } | { readonly ok: false; readonly failure: RpcFailure }

/**
 * Declares a question. The subject is `cambio.rpc.<owner>.<noun>.<verb>.v1`.
 *
 * @param name `<noun>.<verb>` in kebab-case
 */
export function defineRpc<Q, A>(owner: ServiceName, name: string, request: z.ZodType<Q>, answer: z.ZodType<A>): RpcContract<Q, A> {
  return { subject: `cambio.rpc.${owner}.${name}.v1`, owner, request, answer }
}

/** The frame of an answer around the answer's own schema. */
export function rpcResultSchema<A>(answer: z.ZodType<A>): z.ZodType<RpcResult<A>> {
  return z.discriminatedUnion('ok', [
    z.object({ ok: z.literal(true), value: answer }),
    z.object({ ok: z.literal(false), failure: rpcFailureSchema }),
  ])
}
