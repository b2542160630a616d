import { type AdminClientValue, type AdminRole, type ApplicationId, type SecretDigest } from '@cambio/contracts'
import { ok, type Result } from '@cambio/store'

import { makeClientId } from '../client-secrets/client-id.js'
import { withoutSecret } from '../client-secrets/live-secrets.js'
import { type Refusal, refuse, refuseField } from '../refusals/refusal.js'

/** A client of the administrators' API: of one organization, or of the platform. */
export type AdminClient = AdminClientValue

/** The roles that somebody must always have: without an owner nobody could make one. */
export type KeptRole = 'owner' | 'platform'

export const isKeptRole = (role: AdminRole): role is KeptRole => role === 'owner' || role === 'platform'

export interface AdminClientContent {
  readonly name: string
  readonly role: AdminRole
  /** Those that the body names, by id; absent when it names none. */
  readonly applications?: readonly ApplicationId[]
}

/** A new client with its first secret. */
export function createAdminClient(
  content: AdminClientContent,
  secret: SecretDigest,
  clientId = makeClientId(),
): Result<AdminClient, Refusal> {
  return withContent({ clientId, secrets: [secret] }, content)
}

/** The client with what a patch gives; a developer that becomes something else has no applications any more. */
export function changeAdminClient(
  present: AdminClient,
  { name, role, applications }: Partial<AdminClientContent>,
): Result<AdminClient, Refusal> {
  const { clientId, secrets } = present
  const newRole = role ?? present.role
  const kept = newRole === 'developer' && present.role === 'developer' ? { applications: present.applications } : {}
  const content = { name: name ?? present.name, role: newRole, ...(applications === undefined ? kept : { applications }) }
  return withContent({ clientId, secrets }, content)
}

function withContent(
  fixed: Pick<AdminClient, 'clientId' | 'secrets'>,
  { name, role, applications }: AdminClientContent,
): Result<AdminClient, Refusal> {
  if (role !== 'developer' && applications !== undefined && applications.length > 0) {
    return refuseField('/applications', 'belongs to the role developer alone')
  }
  return ok({ ...fixed, name, role, applications: [...new Set(applications ?? [])] })
}

/** The client without one of its secrets. One that stays for good has to remain, else it would lock itself out. */
export function withoutClientSecret(present: AdminClient, id: string, now: Date): Result<AdminClient, Refusal> {
  const secrets = withoutSecret(present.secrets, id, now)
  if (!secrets.ok) return secrets
  if (secrets.value.every(({ expiresAt }) => expiresAt !== undefined)) {
    return refuse('last_secret', 'No secret without an end would remain; add one first, or delete the client.')
  }
  return ok({ ...present, secrets: secrets.value })
}
