import { adminRoleSchema, organizationRoleSchema } from '@cambio/contracts'
import { resourceMembers } from '@cambio/service-kit'
import { z } from 'zod'

import { plainNameSchema } from '../aggregates/plain-name.schema.js'
import { secretAnswerSchema } from '../client-secrets/secret.answer.js'

const applicationsSchema = z
  .array(z.string().min(1).max(128))
  .max(200)
  .describe('The applications of a developer, by id or name; no other role has any.')

/** The body that makes a client of an organization. */
export const adminClientDraftSchema = z
  .strictObject({ name: plainNameSchema, role: organizationRoleSchema, applications: applicationsSchema.optional() })
  .meta({ id: 'AdminClientDraft' })

export type AdminClientDraft = z.output<typeof adminClientDraftSchema>

export const adminClientPatchSchema = z
  .strictObject({ name: plainNameSchema.optional(), role: organizationRoleSchema.optional(), applications: applicationsSchema.optional() })
  .meta({ id: 'AdminClientPatch' })

export type AdminClientPatch = z.output<typeof adminClientPatchSchema>

/** The body that makes a platform administrator; there is one role. */
export const platformClientDraftSchema = z
  .strictObject({ name: plainNameSchema, role: z.literal('platform').optional() })
  .meta({ id: 'PlatformClientDraft' })

export type PlatformClientDraft = z.output<typeof platformClientDraftSchema>

export const platformClientPatchSchema = z
  .strictObject({ name: plainNameSchema.optional(), role: z.literal('platform').optional() })
  .meta({ id: 'PlatformClientPatch' })

export type PlatformClientPatch = z.output<typeof platformClientPatchSchema>

export const adminClientAnswerSchema = z
  .object({
    ...resourceMembers,
    clientId: z.string(),
    name: z.string(),
    role: adminRoleSchema,
    applications: z.array(z.string()).optional().describe('Ids; only of a developer.'),
    secrets: z.array(secretAnswerSchema).describe('The live secrets, without what they are.'),
  })
  .meta({ id: 'AdminClient' })

export type AdminClientAnswer = z.output<typeof adminClientAnswerSchema>

/** A new client, with the secret that is shown this once. */
export const newAdminClientAnswerSchema = adminClientAnswerSchema.extend({ clientSecret: z.string() }).meta({ id: 'NewAdminClient' })

export type NewAdminClientAnswer = z.output<typeof newAdminClientAnswerSchema>
