import { applyDecorators, HttpCode } from '@nestjs/common'
import type * as Swagger from '@nestjs/swagger'
import { type z } from 'zod'

import { type ProblemCode } from '../problems/problem-codes.js'
import { described } from './described.decorator.js'
import { type ConvertedSchema, toJsonSchema } from './json-schema.js'

/** What a route answers, for the caller and for the API's description. */
export interface AnswerOptions {
  /** One line: what the route is for. */
  readonly summary: string
  readonly description?: string
  /** Default 200. */
  readonly status?: 200 | 201 | 202 | 204
  /** The schema of the body; absent for an empty one. */
  readonly answer?: z.ZodType
  /** Default `application/json`. */
  readonly mediaType?: string
  /** The codes of this route alone; those that follow from its address, body and access are added by themselves. */
  readonly problems?: readonly ProblemCode[]
  /** Further answers that are no problem documents, by status, such as the 503 of `/readyz`. */
  readonly also?: Readonly<Record<number, z.ZodType>>
  /** The body is a form of these members; the handler receives it as text. */
  readonly form?: z.ZodType
  /** All failures of the route in a vocabulary of its own (RFC 6749 §5.2), by status. No problem documents are added then. */
  readonly ownErrors?: Readonly<Record<number, z.ZodType>>
}

/** What `Answers` leaves at an operation for the completion of the document, which takes it away. */
export const ANSWERS_EXTENSION = 'x-cambio-answers'

export interface AnswersNote {
  readonly problems: readonly ProblemCode[]
  /** Converted already: Nest clones what it keeps, and a schema of zod does not survive that. */
  readonly form?: ConvertedSchema
  readonly hasOwnErrors: boolean
}

/** Describes a route's answers and sets its status. Every route has one. */
export function Answers(options: AnswerOptions): MethodDecorator {
  return applyDecorators(
    HttpCode(options.status ?? 200),
    described((swagger) => applyDecorators(...descriptionOf(options, swagger))),
  )
}

function descriptionOf(
  { summary, description, status = 200, answer, mediaType, problems = [], also = {}, form, ownErrors }: AnswerOptions,
  { ApiExtension, ApiOperation, ApiProduces, ApiResponse }: typeof Swagger,
): MethodDecorator[] {
  const converted = toJsonSchema(form, 'input')
  const note: AnswersNote = {
    problems,
    hasOwnErrors: ownErrors !== undefined,
    ...(converted === undefined ? {} : { form: converted }),
  }
  return [
    ApiOperation({ summary, ...(description === undefined ? {} : { description }) }),
    ApiResponse({ status, description: answer === undefined ? 'Done.' : summary, ...(answer === undefined ? {} : withSchema(answer)) }),
    ...Object.entries({ ...also, ...ownErrors }).map(([other, schema]) =>
      ApiResponse({ status: Number(other), description: 'Not done; the body says why.', ...withSchema(schema) }),
    ),
    ...(mediaType === undefined ? [] : [ApiProduces(mediaType)]),
    ApiExtension(ANSWERS_EXTENSION, note),
  ]
}

const withSchema = (schema: z.ZodType): { standardSchema: Swagger.StandardSchemaObject } => ({ standardSchema: schema })
