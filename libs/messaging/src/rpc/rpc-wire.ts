import { type RpcFailure } from '@cambio/contracts'
import { z } from 'zod'

/**
 * What crosses the wire is Nest's own packet, so that any Nest client can ask too. Requests: `{pattern, data, id}`.
 * Answers: `{id, response, isDisposed: true}` with an `RpcResult` as `response`, or Nest's `{id, err, isDisposed: true}`.
 */
export const rpcRequestPacketSchema = z.object({ id: z.string().min(1).max(128), data: z.unknown() })

export const rpcAnswerPacketSchema = z.object({ response: z.unknown().optional(), err: z.unknown().optional() })

/** A message of an `RpcResult` that says no. */
export function failed(code: string, detail?: string): { readonly ok: false; readonly failure: RpcFailure } {
  return { ok: false, failure: { code, ...(detail === undefined ? {} : { detail }) } }
}

/** The bytes of a packet. */
export function encodePacket(packet: object): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(packet))
}

/** The JSON that bytes hold; `undefined` when they hold none. */
export function decodeJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as unknown
  } catch {
    return undefined
  }
}
