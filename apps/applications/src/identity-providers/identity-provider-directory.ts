import { type IdentityProviderId, type IdentityProviderSummary, type OrganizationId } from '@cambio/contracts'
import { ok, type Result } from '@cambio/store'

import { type Refusal, refuse, refuseField } from '../refusals/refusal.js'

/** What this service asks the registry of identity providers. A port: an abstract class, to serve as injection token. */
export abstract class IdentityProviderDirectory {
  /** By id or name; `unknown` = no such one in this organization, `unreachable` = nobody can say now. */
  abstract find(org: OrganizationId, idOrName: string): Promise<IdentityProviderSummary | 'unknown' | 'unreachable'>

  /** All of an organization, the disabled ones included. */
  abstract list(org: OrganizationId): Promise<readonly IdentityProviderSummary[] | 'unreachable'>
}

/** The refusal while the registry cannot be asked: what was asked for may be right, so it is tried again. */
export const registryUnavailable = () =>
  refuse('unavailable', 'The registry of identity providers does not answer; nothing has changed.', { retryAfterSeconds: 2 })

/** An identity provider that a body names; `pointer` is where. */
export async function resolveIdentityProvider(
  directory: IdentityProviderDirectory,
  org: OrganizationId,
  idOrName: string,
  pointer: string,
): Promise<Result<IdentityProviderSummary, Refusal>> {
  const found = await directory.find(org, idOrName)
  if (found === 'unreachable') return registryUnavailable()
  if (found === 'unknown') return refuseField(pointer, 'is no identity provider of this organization', 'identity_provider_unknown')
  return ok(found)
}

/** Several at once, in order; a repeated one stays once. `pointer` is the list's. */
export async function resolveIdentityProviders(
  directory: IdentityProviderDirectory,
  org: OrganizationId,
  names: readonly string[],
  pointerOf: (index: number) => string,
): Promise<Result<IdentityProviderId[], Refusal>> {
  const found = await Promise.all(names.map(async (name, index) => resolveIdentityProvider(directory, org, name, pointerOf(index))))
  const refusals = found.flatMap((one) => (one.ok ? [] : [one.error]))
  const [first] = refusals
  if (first === undefined) return ok(found.flatMap((one) => (one.ok ? [one.value.id] : [])))
  if (first.code !== 'identity_provider_unknown') return { ok: false, error: first }
  const unreachable = refusals.find(({ code }) => code !== first.code)
  return { ok: false, error: unreachable ?? { code: first.code, errors: refusals.flatMap(({ errors = [] }) => errors) } }
}
