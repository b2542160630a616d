import { identityProviderSchema, type IdentityProviderValue } from '@cambio/contracts'
import { resourceMembers } from '@cambio/service-kit'
import { z } from 'zod'

import { publicIdentityProvider } from './identity-provider.js'
import { type StoredIdentityProvider } from './identity-provider.store.js'

/** An identity provider as the API shows it; `claims` are those in effect. `keySource` is for other services alone. */
export const identityProviderAnswerSchema = z
  .object({
    ...resourceMembers,
    ...identityProviderSchema.omit({ keySource: true }).shape,
    confirmHost: z.string().optional(),
    jwks: z.object({ keys: z.array(z.record(z.string(), z.unknown())) }).optional(),
  })
  .meta({ id: 'IdentityProvider' })

export type IdentityProviderAnswer = z.infer<typeof identityProviderAnswerSchema>

export function identityProviderAnswer({ id, rev, createdAt, updatedAt, value }: StoredIdentityProvider): IdentityProviderAnswer {
  const shown: Partial<IdentityProviderValue> & Omit<IdentityProviderValue, 'keySource'> = publicIdentityProvider(value)
  delete shown.keySource
  return {
    id,
    rev,
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
    ...shown,
    ...(value.confirmHost === undefined ? {} : { confirmHost: value.confirmHost }),
    ...(value.jwks === undefined ? {} : { jwks: value.jwks }),
  }
}
