import { resourceMembers } from '@cambio/service-kit'
import { type StoredDocument } from '@cambio/store'
import { z } from 'zod'

import { resourceMembersOf } from '../aggregates/resource-answer.js'
import { type Organization } from './organization.js'

export const organizationAnswerSchema = z.object({ ...resourceMembers, handle: z.string(), name: z.string() }).meta({ id: 'Organization' })

export type OrganizationAnswer = z.output<typeof organizationAnswerSchema>

/** An organization as it is answered. */
export function organizationAnswer(document: StoredDocument<Organization>): OrganizationAnswer {
  const { handle, name } = document.value
  return { ...resourceMembersOf(document), handle, name }
}
