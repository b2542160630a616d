import { type AllowedActor, type ClientAuthMethod, type Environment, newId } from '@cambio/contracts'
import { grantTypes } from '@cambio/oauth'
import { ok, type Result } from '@cambio/store'

import { makeClientId } from '../../client-secrets/client-id.js'
import { type Refusal, refuseField } from '../../refusals/refusal.js'
import { type Credential, timesOf } from '../application.js'
import { defaultGrantTypes, type KeysDraft, type KeysPatch, lifetimeBounds } from './credential.schema.js'
import { acceptClientKeys } from './client-keys.js'

/** What of a credential its owner chooses, whole and consistent. */
export type CredentialSettings = Pick<
  Credential,
  'grantTypes' | 'accessTokenLifetimeSeconds' | 'public' | 'authMethod' | 'jwks' | 'allowedScopes' | 'allowedActors'
>

/** Whether a client with this method proves itself by a secret of ours; basic and post take the same secret. */
export const usesSecret = (authMethod: ClientAuthMethod): boolean =>
  authMethod === 'client_secret_basic' || authMethod === 'client_secret_post'

/** The settings of new keys, with the defaults filled in. `allowedActors` refer to identity providers by id. */
export function settingsOf(draft: KeysDraft, allowedActors: readonly AllowedActor[]): Result<CredentialSettings, Refusal> {
  const isPublic = draft.public ?? draft.authMethod === 'none'
  if (isPublic && draft.grantTypes === undefined) return refuseField('/grantTypes', 'must be given for a public client')
  return checked({
    grantTypes: draft.grantTypes ?? [...defaultGrantTypes],
    accessTokenLifetimeSeconds: draft.accessTokenLifetimeSeconds ?? lifetimeBounds.default,
    public: isPublic,
    authMethod: draft.authMethod ?? (isPublic ? 'none' : 'client_secret_basic'),
    ...(draft.jwks === undefined ? {} : { jwks: draft.jwks }),
    ...(draft.allowedScopes === undefined ? {} : { allowedScopes: draft.allowedScopes }),
    allowedActors: [...allowedActors],
  })
}

/**
 * The settings after a merge patch (RFC 7396). `public` and `authMethod` say one thing in two ways: whichever a patch
 * names takes the other with it.
 *
 * @param allowedActors those of the patch, by id; absent when it does not name them
 */
export function patchedSettings(
  present: CredentialSettings,
  patch: KeysPatch,
  allowedActors: readonly AllowedActor[] | undefined,
): Result<CredentialSettings, Refusal> {
  const method = patch.authMethod ?? methodAfter(present.authMethod, patch.public)
  const jwks = patch.jwks === undefined ? present.jwks : (patch.jwks ?? undefined)
  const allowedScopes = patch.allowedScopes === undefined ? present.allowedScopes : (patch.allowedScopes ?? undefined)
  return checked({
    grantTypes: patch.grantTypes ?? present.grantTypes,
    accessTokenLifetimeSeconds: patch.accessTokenLifetimeSeconds ?? present.accessTokenLifetimeSeconds,
    public: patch.public ?? method === 'none',
    authMethod: method,
    ...(jwks === undefined ? {} : { jwks }),
    ...(allowedScopes === undefined ? {} : { allowedScopes }),
    allowedActors: [...(allowedActors ?? present.allowedActors)],
  })
}

function methodAfter(present: ClientAuthMethod, isPublic: boolean | undefined): ClientAuthMethod {
  if (isPublic === undefined) return present
  if (isPublic) return 'none'
  return present === 'none' ? 'client_secret_basic' : present
}

function checked(settings: CredentialSettings): Result<CredentialSettings, Refusal> {
  const { authMethod, jwks } = settings
  if (settings.public !== (authMethod === 'none')) return refuseField('/authMethod', 'must be none for a public client, and for no other')
  if (settings.public && settings.grantTypes.includes(grantTypes.clientCredentials)) {
    return refuseField('/grantTypes', 'must not hold client_credentials for a public client, which cannot prove who it is')
  }
  if (authMethod !== 'private_key_jwt') return jwks === undefined ? ok(settings) : refuseField('/jwks', 'belongs to private_key_jwt alone')
  if (jwks === undefined) return refuseField('/jwks', 'must be given for private_key_jwt')
  const keys = acceptClientKeys(jwks)
  return keys.ok ? ok({ ...settings, jwks: keys.value }) : keys
}

/** New keys of an environment, with a client id of their own and no secret yet. */
export function createCredential(environment: Environment, settings: CredentialSettings, now: Date): Credential {
  return { id: newId('credential'), environment, clientId: makeClientId(), ...settings, secrets: [], ...timesOf(now) }
}

/** The keys with new settings. Secrets end with the method that used them. */
export function changeCredential(present: Credential, settings: CredentialSettings, now: Date): Credential {
  const { id, environment, clientId, secrets, createdAt } = present
  return {
    id,
    environment,
    clientId,
    ...settings,
    secrets: usesSecret(settings.authMethod) ? secrets : [],
    ...timesOf(now, createdAt),
  }
}
