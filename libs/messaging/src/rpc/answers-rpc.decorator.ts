import { type RpcContract, type RpcResult } from '@cambio/contracts'
import { Logger } from '@nestjs/common'
import { MessagePattern } from '@nestjs/microservices'

import { reasonOf } from '../message-log.js'
import { failed } from './rpc-wire.js'

/** A controller's method that answers a question: the parsed request in, expected failures as data. */
export type RpcMethod<Q, A> = (request: Q) => RpcResult<A> | Promise<RpcResult<A>>

type RpcMethodDecorator<Q, A> = <M extends RpcMethod<Q, A>>(
  prototype: object,
  name: string | symbol,
  descriptor: TypedPropertyDescriptor<M>,
) => void

/**
 * Makes a method of a Nest controller answer a question. The request is parsed first: one that does not fit is answered
 * `invalid_request` and the method is not called. A method that throws is answered `internal`, and logged without the
 * request. The method's type is checked against the contract.
 */
export function AnswersRpc<Q, A>(contract: RpcContract<Q, A>): RpcMethodDecorator<Q, A> {
  const log = new Logger('rpc')
  return (prototype, name, descriptor) => {
    const method = descriptor.value
    if (method === undefined) throw new TypeError(`@AnswersRpc(${contract.subject}) belongs on a method`)
    const answering = async function (this: unknown, message: unknown): Promise<RpcResult<A>> {
      const request = contract.request.safeParse(message)
      if (!request.success) return failed('invalid_request', describe(request.error.issues))
      try {
        return await method.call(this, request.data)
      } catch (error) {
        log.error({ subject: contract.subject, reason: reasonOf(error) }, error instanceof Error ? error.stack : undefined)
        return failed('internal')
      }
    }
    // Nest calls it with what the wire held, whatever the method's own type says.
    descriptor.value = answering as unknown as typeof method
    MessagePattern(contract.subject)(prototype, name, descriptor)
  }
}

/** Paths and rules only, as an answer may be logged. */
function describe(issues: readonly { readonly path: readonly PropertyKey[]; readonly code?: string | undefined }[]): string {
  return issues
    .slice(0, 3)
    .map(({ path, code }) => `${path.map(String).join('.') || '(request)'}: ${code ?? 'invalid'}`)
    .join('; ')
    .slice(0, 500)
}
