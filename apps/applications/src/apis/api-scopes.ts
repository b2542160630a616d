import { isScopeName } from '@cambio/oauth'
import { z } from 'zod'

import { descriptionSchema } from '../aggregates/plain-name.schema.js'

/** A short scope name (docs/protocol.md): never to be taken for a fully qualified one. */
export const scopeNameSchema = z
  .string()
  .max(64)
  .refine(isScopeName, 'must be 1–64 of A–Z, a–z, 0–9 and . _ : - (no colon first), and not begin with urn:')

/** A scope as it is declared; answers add its fully qualified name. */
export const scopeDraftSchema = z
  .strictObject({
    name: scopeNameSchema,
    description: descriptionSchema.optional(),
    roles: z.array(z.string().min(1).max(256)).max(100).optional().describe('Roles of subjects for whom the scope is meant; informative.'),
  })
  .meta({ id: 'ScopeDraft' })

export type ScopeDraft = z.output<typeof scopeDraftSchema>
