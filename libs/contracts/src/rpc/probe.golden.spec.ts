import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

import { appliedProbeAnswerSchema, appliedProbeRequestSchema, digestProbeAnswerSchema, digestProbeRequestSchema } from './feed.rpc.js'
import { presenceSchema } from './presence.js'

const folder = join(import.meta.dirname, '../../golden/probe/v1')
const read = (file: string): unknown => JSON.parse(readFileSync(join(folder, file), 'utf8'))

const schemas = {
  'applied.answer.json': appliedProbeAnswerSchema,
  'applied.request.json': appliedProbeRequestSchema,
  'digest.answer.json': digestProbeAnswerSchema,
  'digest.request.json': digestProbeRequestSchema,
  'presence.json': presenceSchema,
  'presence.leaving.json': presenceSchema,
}

describe('golden messages of the probes, version 1 (added, never edited)', () => {
  it('are one question and one answer of each probe, and what a process says of itself', () => {
    expect(readdirSync(folder).sort()).toEqual(Object.keys(schemas))
  })

  it.each(Object.entries(schemas))('%s is read by today’s schema and loses nothing', (file, schema) => {
    const message = read(file)
    expect(schema.parse(message)).toEqual(message)
  })
})

describe('a probe', () => {
  const answer = read('digest.answer.json') as Record<string, unknown>

  it.each([
    ['a kind that nobody knows', { ...answer, kind: 'secrets' }],
    ['a negative count', { ...answer, entries: -1 }],
    ['a fraction as count', { ...answer, entries: 1.5 }],
    ['a digest that is cut short', { ...answer, digest: 'AAAA' }],
    ['a digest of other characters', { ...answer, digest: '+'.repeat(43) }],
    ['a huge name', { ...answer, replica: 'x'.repeat(129) }],
  ])('is not answered by %s', (_name, message) => {
    expect(digestProbeAnswerSchema.safeParse(message).success).toBe(false)
  })

  it('asks for one known kind and nothing else', () => {
    for (const question of [{}, { kind: 'secrets' }, { kind: '__proto__' }, { kind: 'apis', org: 'x' }, [], null]) {
      expect(digestProbeRequestSchema.safeParse(question).success).toBe(false)
    }
  })
})
