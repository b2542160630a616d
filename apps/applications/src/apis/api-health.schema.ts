import { apiStatusSchema } from '@cambio/contracts'
import { appliedAnswerSchema } from '@cambio/service-kit'
import { z } from 'zod'

/** Where an API stands and on how many replicas its newest revision is applied. */
export const apiHealthSchema = z
  .object({
    api: z.object({ id: z.string(), name: z.string(), handle: z.string(), rev: z.int(), status: apiStatusSchema }),
    applied: appliedAnswerSchema,
  })
  .meta({ id: 'ApiHealth' })

export type ApiHealth = z.output<typeof apiHealthSchema>
