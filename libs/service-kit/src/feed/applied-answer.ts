import { z } from 'zod'

/** `applied` in the health answers of every kind of resource: what `AppliedRevisions` of `messaging` counts. */
export const appliedAnswerSchema = z
  .object({
    replicas: z.int().describe('Replicas of the other services that hold this kind of resource, silent ones included.'),
    current: z.int().describe('On how many of them this revision is applied.'),
    silent: z
      .int()
      .describe('How many of them did not answer within 300 ms: hung, cut off, or ended by force. They are counted for a minute.'),
  })
  .nullable()
  .describe('On how many replicas of the other services this revision is applied; null = there is no connection to NATS to ask them.')

export type AppliedAnswer = z.infer<typeof appliedAnswerSchema>
