import { z } from 'zod'

import { adminRoleSchema } from '../admin-roles.js'
import { idSchema } from '../ids.js'

/** The digest of a client secret as it is stored and published; never the secret. */
export const secretDigestSchema = z.object({
  id: z.string(),
  /** base64url of HMAC-SHA-256 under the pepper. */
  digest: z.string(),
  createdAt: z.iso.datetime(),
  /** From then on the secret is refused; absent = it does not expire. */
  expiresAt: z.iso.datetime().optional(),
})

export type SecretDigest = z.infer<typeof secretDigestSchema>

/** A client of the administrators' API. A platform administrator's partition is `platform`, any other's its organization. */
export const adminClientSchema = z.object({
  clientId: z.string(),
  name: z.string(),
  role: adminRoleSchema,
  /** A developer's applications; ignored for every other role. */
  applications: z.array(idSchema('application')),
  secrets: z.array(secretDigestSchema),
})

export type AdminClientValue = z.infer<typeof adminClientSchema>
