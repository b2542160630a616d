import { appliedAnswerSchema } from '@cambio/service-kit'
import { z } from 'zod'

import { listedKeySchema, listKey } from '../discovery/key-listing.js'
import { type KeySet } from './key-set.js'

/** The key set of a provider as the API shows it. */
export const keySetAnswerSchema = z
  .object({
    source: z.enum(['uri', 'inline']),
    keys: z.array(listedKeySchema),
    ageSeconds: z.int().nullable().describe('Since the keys were last confirmed; null = there are none.'),
    verifiedAt: z.iso.datetime().nullable(),
    freshForSeconds: z.int(),
    attemptedAt: z.iso.datetime().nullable(),
    lastFailure: z.string().nullable().describe('Code of the failure, if the last attempt failed.'),
    consecutiveFailures: z.int(),
  })
  .meta({ id: 'KeySet' })

export type KeySetAnswer = z.infer<typeof keySetAnswerSchema>

export function keySetAnswer(keySet: KeySet, now: Date): KeySetAnswer {
  const { source, keys, verifiedAt, freshForSeconds, attemptedAt, lastFailure, consecutiveFailures } = keySet
  const ageSeconds = verifiedAt === null ? null : Math.max(0, Math.floor((now.getTime() - Date.parse(verifiedAt)) / 1000))
  return { source, keys: keys.map(listKey), ageSeconds, verifiedAt, freshForSeconds, attemptedAt, lastFailure, consecutiveFailures }
}

export const refreshAnswerSchema = z.object({
  outcome: z.enum(['refreshed', 'unchanged', 'failed']).describe('`failed`: the last good keys stay, see `lastFailure`.'),
  keySet: keySetAnswerSchema,
})

export const healthAnswerSchema = z
  .object({
    identityProvider: z.object({ id: z.string(), name: z.string(), rev: z.int(), enabled: z.boolean() }),
    keySet: keySetAnswerSchema.nullable(),
    applied: appliedAnswerSchema,
  })
  .meta({ id: 'IdentityProviderHealth' })

export type HealthAnswer = z.infer<typeof healthAnswerSchema>
