import { MERGE_PATCH_MEDIA_TYPE } from '../rest/merge-patch.js'
import { PROBLEM_MEDIA_TYPE } from '../problems/problem.js'
import { type ProblemCode, problemCodes, statusOf } from '../problems/problem-codes.js'
import { ANSWERS_EXTENSION, type AnswersNote } from './answers.decorator.js'
import { type ConvertedSchema } from './json-schema.js'

interface Parameter {
  readonly name?: string
  readonly in?: string
  readonly required?: boolean
  readonly description?: string
  readonly schema?: object
}

/** The parts of an operation that are read or completed here. */
export interface Operation {
  parameters?: readonly Parameter[]
  requestBody?: { content?: Record<string, unknown> }
  responses?: Record<string, unknown>
  security?: readonly Readonly<Record<string, readonly string[]>>[]
  [extension: string]: unknown
}

/**
 * Adds to an operation every failure that follows from its address, body, headers and access, so that controllers name
 * only what is special about them.
 *
 * @returns the named schemas that the operation refers to and that the document must have among its components
 */
export function completeOperation(method: string, path: string, operation: Operation): ConvertedSchema['components'] {
  const note = operation[ANSWERS_EXTENSION] as AnswersNote | undefined
  // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- the note is ours and no part of the document
  delete operation[ANSWERS_EXTENSION]
  operation.security ??= []
  operation.parameters = [...pathParameters(path, operation.parameters ?? []), ...(operation.parameters ?? [])]
  describeBody(method, operation, note)
  if (note?.hasOwnErrors !== true) describeProblems(path, operation, note)
  return note?.form?.components ?? {}
}

function describeProblems(path: string, operation: Operation, note: AnswersNote | undefined): void {
  const codes = new Set<ProblemCode>([...impliedCodes(path, operation), ...(note?.problems ?? [])])
  const byStatus = Map.groupBy(codes, statusOf)
  for (const [status, codesOfStatus] of byStatus) operation.responses = { [status]: problemResponse(codesOfStatus), ...operation.responses }
}

/** Parts of the address that no handler takes by `@Param`, such as the organization, which the guard resolves. */
function pathParameters(path: string, described: readonly Parameter[]): Parameter[] {
  return [...path.matchAll(/\{(\w+)\}/g)].flatMap(([, name = '']) => {
    if (described.some((parameter) => parameter.in === 'path' && parameter.name === name)) return []
    const description = name === 'org' ? { description: 'The handle of the organization.' } : {}
    return [{ name, in: 'path', required: true, ...description, schema: { type: 'string' } }]
  })
}

function describeBody(method: string, operation: Operation, note: AnswersNote | undefined): void {
  if (note?.form !== undefined) {
    operation.requestBody = { content: { 'application/x-www-form-urlencoded': { schema: note.form.schema } } }
    return
  }
  const content = operation.requestBody?.content
  if (method === 'patch' && content?.['application/json'] !== undefined) content[MERGE_PATCH_MEDIA_TYPE] = content['application/json']
}

function impliedCodes(path: string, operation: Operation): ProblemCode[] {
  const has = (place: string, name?: string): boolean =>
    (operation.parameters ?? []).some((parameter) => parameter.in === place && (name === undefined || parameter.name === name))
  return [
    ...(operation.requestBody === undefined
      ? []
      : (['malformed_json', 'content_too_large', 'unsupported_media_type', 'invalid_content'] as const)),
    ...(has('query') ? (['invalid_content'] as const) : []),
    ...(path.includes('{') ? (['not_found'] as const) : []),
    ...(has('header', 'If-Match') ? (['malformed_header', 'stale_revision', 'revision_conflict'] as const) : []),
    ...(has('header', 'Idempotency-Key') ? (['malformed_header', 'idempotency_in_progress', 'idempotency_key_reused'] as const) : []),
    ...((operation.security?.length ?? 0) > 0
      ? (['authentication_required', 'invalid_token', 'insufficient_scope', 'too_many_requests', 'unavailable'] as const)
      : []),
    'internal_error',
  ]
}

function problemResponse(codes: readonly ProblemCode[]): object {
  const named = [...codes].sort()
  return {
    description: named.map((code) => `\`${code}\`: ${problemCodes[code].title}.`).join(' '),
    content: {
      [PROBLEM_MEDIA_TYPE]: {
        schema: { allOf: [{ $ref: '#/components/schemas/Problem' }, { type: 'object', properties: { code: { enum: named } } }] },
      },
    },
  }
}
