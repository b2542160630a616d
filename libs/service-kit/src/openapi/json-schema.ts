import { z } from 'zod'

export type JsonSchema = Readonly<Record<string, unknown>>

/** A schema as the API's description shows it, with the named schemas that it refers to. */
export interface ConvertedSchema {
  readonly schema: JsonSchema
  readonly components: Readonly<Record<string, JsonSchema>>
}

/**
 * A zod schema as JSON Schema 2020-12, the dialect of OpenAPI 3.1.
 *
 * @param io `input` is what a caller sends, `output` what it gets
 */
export function toJsonSchema(schema: unknown, io: 'input' | 'output'): ConvertedSchema | undefined {
  if (!(schema instanceof z.ZodType)) return undefined
  // What JSON Schema cannot say (a transformation, a check by code) is left open instead of failing the document.
  const { $defs = {}, ...own } = z.toJSONSchema(schema, { io, target: 'draft-2020-12', unrepresentable: 'any' })
  // The document says once which dialect it is.
  delete own.$schema
  return { schema: withComponentRefs(own), components: withComponentRefs($defs) as Record<string, JsonSchema> }
}

/** Named schemas lie among the document's components, not inside of each schema. */
function withComponentRefs(schema: object): JsonSchema {
  const text = JSON.stringify(schema, (name, value: unknown) =>
    name === '$ref' && typeof value === 'string' ? value.replace(/^#\/\$defs\//, '#/components/schemas/') : value,
  )
  return JSON.parse(text) as JsonSchema
}
