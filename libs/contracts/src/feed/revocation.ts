import { z } from 'zod'

/** Stops tokens that meet all of the given conditions; collected after `expiresAt`. */
export const revocationSchema = z.object({
  /** One token of ours. */
  jti: z.string().optional(),
  identityProvider: z.string().optional(),
  /** The `kid` of the identity provider's key. */
  keyId: z.string().optional(),
  application: z.string().optional(),
  subject: z.object({ identityProvider: z.string(), sub: z.string() }).optional(),
  issuedFrom: z.iso.datetime().optional(),
  issuedUntil: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
})

export type RevocationValue = z.infer<typeof revocationSchema>
