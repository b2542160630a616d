import { handleSchema, type OrganizationValue, RESERVED_HANDLES } from '@cambio/contracts'
import { ok, type Result } from '@cambio/store'
import { z } from 'zod'

import { plainNameSchema } from '../aggregates/plain-name.schema.js'
import { type Refusal, refuseField } from '../refusals/refusal.js'

/** An organization: the tenant that owns everything else. Its handle is a part of identifiers and URLs and never changes. */
export type Organization = OrganizationValue

/** The body of a creation. */
export const organizationDraftSchema = z.strictObject({ handle: handleSchema, name: plainNameSchema }).meta({ id: 'OrganizationDraft' })

export type OrganizationDraft = z.output<typeof organizationDraftSchema>

/** The body of a patch. A handle is read so that it can be refused by its own name. */
export const organizationPatchSchema = z
  .strictObject({ name: plainNameSchema.optional(), handle: z.string().optional().describe('Cannot be changed: refused.') })
  .meta({ id: 'OrganizationPatch' })

export type OrganizationPatch = z.output<typeof organizationPatchSchema>

/** A new organization; the name spaces of the standards and of this product are reserved. */
export function createOrganization({ handle, name }: OrganizationDraft): Result<Organization, Refusal> {
  if (RESERVED_HANDLES.has(handle)) return refuseField('/handle', 'is reserved', 'handle_reserved')
  return ok({ handle, name })
}

export function changeOrganization(present: Organization, patch: OrganizationPatch): Result<Organization, Refusal> {
  if (patch.handle !== undefined) return refuseField('/handle', 'cannot be changed', 'handle_immutable')
  return ok({ ...present, ...(patch.name === undefined ? {} : { name: patch.name }) })
}
