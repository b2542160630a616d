import { z } from 'zod'

/** The two environments of an application's keys; an exchanged token carries one as its claim `env`. */
export const environmentSchema = z.enum(['production', 'sandbox'])

export type Environment = z.infer<typeof environmentSchema>

export const ENVIRONMENTS: readonly Environment[] = environmentSchema.options

/** The handle of an organization or an API: immutable, part of identifiers and of URLs. */
export const handleSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,30}[a-z0-9]$/, 'must be 2–32 of a–z, 0–9 and -, and neither begin nor end with -')

/** Handles that no organization may take: URN namespaces of ours and of the standards. */
export const RESERVED_HANDLES: ReadonlySet<string> = new Set(['cambio', 'ietf', 'oauth', 'platform'])
