import { createParamDecorator, type ExecutionContext } from '@nestjs/common'
import { type FastifyRequest } from 'fastify'

import { described } from '../openapi/described.decorator.js'
import { problem } from '../problems/problem.js'

/** What a request demands of the resource's revision: any (`*`, or no header) or one of these. */
export type IfMatch = 'any' | { readonly revisions: readonly number[] }

/** The entity tag of a revision: `"3"`. */
export const entityTag = (rev: number): string => `"${rev}"`

const tag = /(?:W\/)?"[\x21\x23-\x7e]*"/
const list = new RegExp(`^\\s*${tag.source}(?:\\s*,\\s*${tag.source})*\\s*$`)

/**
 * Reads an `If-Match` header (RFC 9110 §13.1.1). Weak tags and tags that are none of ours match no revision, so that such
 * a request ends as 412.
 *
 * @returns undefined if the header is malformed
 */
export function parseIfMatch(header: string | undefined): IfMatch | undefined {
  if (header === undefined || header.trim() === '*') return 'any'
  if (header.length > 1024 || !list.test(header)) return undefined
  const tags = header.match(new RegExp(tag, 'g')) ?? []
  return { revisions: tags.flatMap((text) => (/^"[1-9]\d{0,14}"$/.test(text) ? [Number(text.slice(1, -1))] : [])) }
}

/** Whether the resource as it is meets what the request demands. */
export function matchesRevision(ifMatch: IfMatch, rev: number): boolean {
  return ifMatch === 'any' || ifMatch.revisions.includes(rev)
}

/** Tells the API's description of the header, for every handler with the parameter. */
const describeHeader: ParameterDecorator = (prototype, name) => {
  const descriptor = name === undefined ? undefined : Object.getOwnPropertyDescriptor(prototype, name)
  if (name === undefined || descriptor === undefined) throw new TypeError('@IfMatchHeader() belongs on a parameter of a handler')
  const header = { name: 'If-Match', required: false, description: 'Only if the resource has this `ETag`.', schema: { type: 'string' } }
  described(({ ApiHeader }) => ApiHeader(header))(prototype, name, descriptor)
}

/** A handler's parameter: the request's {@link IfMatch}. A malformed header is 400 `malformed_header`. */
export const IfMatchHeader = createParamDecorator(
  (_: undefined, context: ExecutionContext): IfMatch => {
    const header = context.switchToHttp().getRequest<FastifyRequest>().headers['if-match']
    const parsed = parseIfMatch(header)
    if (parsed === undefined) throw problem('malformed_header', { detail: 'If-Match must be * or a list of entity tags.' })
    return parsed
  },
  [describeHeader],
)
