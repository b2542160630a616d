import { z } from 'zod'

import { type DocumentDefinition } from '../port/document.js'

const sample = z.strictObject({
  name: z.string(),
  /** Elements with a unique key each, as bindings of an application have. */
  parts: z.array(z.strictObject({ key: z.string(), note: z.string().optional() })),
  tags: z.array(z.string()),
  extra: z.json().optional(),
})

export interface Sample {
  readonly name: string
  readonly parts: readonly { readonly key: string; readonly note?: string | undefined }[]
  readonly tags: readonly string[]
  readonly extra?: z.core.util.JSONType | undefined
}

/** What the suite stores. An adapter that prepares indexes ahead prepares those of this collection. */
export const sampleDefinition: DocumentDefinition<Sample> = {
  name: 'conformance-samples',
  schemaVersion: 2,
  parse: (value) => sample.parse(value),
  uniqueKeys: ({ value }) => value.parts.map(({ key }) => key),
  lookups: ({ value }) => [`name:${value.name}`, ...value.tags.map((tag) => `tag:${tag}`)],
}

/** A sample without keys and tags, and what the test is about. */
export const aSample = (given: Partial<Sample> = {}): Sample => ({ name: 'sample', parts: [], tags: [], ...given })

export const withKeys = (...keys: readonly string[]): Sample => aSample({ parts: keys.map((key) => ({ key })) })
