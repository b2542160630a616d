import { environmentSchema, idSchema } from '@cambio/contracts'
import { type FastifyReply } from 'fastify'
import { z } from 'zod'

/** Parts of an address. What cannot name anything is answered like what names nothing: 404. */
export const namePathSchema = z.string().min(1).max(128)
export const environmentPathSchema = environmentSchema
export const bindingPathSchema = idSchema('binding')
export const subscriptionPathSchema = idSchema('subscription')
export const secretPathSchema = idSchema('secret')
export const adminClientPathSchema = idSchema('adminClient')

/** Says where what was created is (RFC 9110 §10.2.2). */
export function locate(reply: FastifyReply, ...segments: readonly string[]): void {
  void reply.header('location', `/${segments.map(encodeURIComponent).join('/')}`)
}
