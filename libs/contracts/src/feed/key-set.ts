import { z } from 'zod'

import { keySourceSchema } from './key-source.js'

/** A public key as its provider published it, already checked by the registry; readers check it again. */
export const publicJwkSchema = z.looseObject({ kty: z.string(), kid: z.string().optional(), alg: z.string().optional() })

export type PublicJwk = z.infer<typeof publicJwkSchema>

/**
 * The keys of one identity provider; its id is the identity provider's. `keys` is the last good set, empty until the
 * first one came.
 */
export const keySetSchema = z.object({
  source: z.enum(['uri', 'inline']),
  /** What the keys were fetched or given for; a reader takes them only for a registration with the same `keySource`. */
  keySource: keySourceSchema,
  keys: z.array(publicJwkSchema),
  /** When a refresh last confirmed this set; null = never. Inline keys were confirmed when they were given. */
  verifiedAt: z.iso.datetime().nullable(),
  /**
   * How long after `verifiedAt` the set counts as fresh: the provider's Cache-Control within our bounds. While it is
   * fresh, a key that it lacks does not exist; after that it may be new.
   */
  freshForSeconds: z.int().min(1),
  /** When a refresh was last tried. */
  attemptedAt: z.iso.datetime().nullable(),
  /** The code of the failure if the last attempt failed. */
  lastFailure: z.string().nullable(),
})

export type KeySetValue = z.infer<typeof keySetSchema>
