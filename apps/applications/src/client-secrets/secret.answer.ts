import { type SecretDigest } from '@cambio/contracts'
import { z } from 'zod'

/** The body of a rotation. */
export const secretDraftSchema = z
  .strictObject({
    expiresInSeconds: z
      .int()
      .min(0)
      .max(2_592_000)
      .optional()
      .describe('After this the secrets that are live now stop; 0: at once. Absent: they stay until they are deleted.'),
  })
  .meta({ id: 'SecretDraft' })

export type SecretDraft = z.output<typeof secretDraftSchema>

/** What is told of a secret after it was shown. */
export const secretAnswerSchema = z
  .object({ id: z.string(), createdAt: z.iso.datetime(), expiresAt: z.iso.datetime().optional() })
  .meta({ id: 'Secret' })

export type SecretAnswer = z.output<typeof secretAnswerSchema>

/** A new secret, shown this once. */
export const newSecretAnswerSchema = secretAnswerSchema.extend({ clientSecret: z.string() }).meta({ id: 'NewSecret' })

export type NewSecretAnswer = z.output<typeof newSecretAnswerSchema>

/** What may be told of a stored secret: never its digest. */
export function secretAnswer({ id, createdAt, expiresAt }: SecretDigest): SecretAnswer {
  return { id, createdAt, ...(expiresAt === undefined ? {} : { expiresAt }) }
}

export function newSecretAnswer(stored: SecretDigest, clientSecret: string): NewSecretAnswer {
  return { ...secretAnswer(stored), clientSecret }
}
