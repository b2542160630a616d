import { resourceMembers } from '@cambio/service-kit'
import { z } from 'zod'

import { descriptionSchema, plainNameSchema } from '../aggregates/plain-name.schema.js'

/** An identity provider in a body: its id or its name. */
export const identityProviderNameSchema = z.string().min(1).max(128).describe('Id or name of an identity provider of the organization.')

const identityProvidersSchema = z
  .array(identityProviderNameSchema)
  .max(100)
  .describe('The identity providers that the application may use, by id or name; absent: all of the organization; empty: none.')

export const applicationDraftSchema = z
  .strictObject({
    name: plainNameSchema,
    description: descriptionSchema.optional(),
    identityProviders: identityProvidersSchema.optional(),
  })
  .meta({ id: 'ApplicationDraft' })

export type ApplicationDraft = z.output<typeof applicationDraftSchema>

/** The body of a merge patch. */
export const applicationPatchSchema = z
  .strictObject({
    name: plainNameSchema.optional(),
    description: descriptionSchema.nullable().optional(),
    identityProviders: identityProvidersSchema.nullable().optional(),
  })
  .meta({ id: 'ApplicationPatch' })

export type ApplicationPatch = z.output<typeof applicationPatchSchema>

export const applicationAnswerSchema = z
  .object({
    ...resourceMembers,
    name: z.string(),
    description: z.string().optional(),
    identityProviders: z.array(z.string()).optional().describe('Ids; absent: all of the organization.'),
  })
  .meta({ id: 'Application' })

export type ApplicationAnswer = z.output<typeof applicationAnswerSchema>
