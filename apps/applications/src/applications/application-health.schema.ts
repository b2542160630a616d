import { appliedAnswerSchema } from '@cambio/service-kit'
import { z } from 'zod'

/** On how many replicas the newest revision of an application with its keys, bindings and subscriptions is applied. */
export const applicationHealthSchema = z
  .object({
    application: z.object({ id: z.string(), name: z.string(), rev: z.int() }),
    applied: appliedAnswerSchema,
  })
  .meta({ id: 'ApplicationHealth' })

export type ApplicationHealth = z.output<typeof applicationHealthSchema>
