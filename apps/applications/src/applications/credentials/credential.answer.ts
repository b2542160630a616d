import { liveSecrets } from '../../client-secrets/live-secrets.js'
import { secretAnswer } from '../../client-secrets/secret.answer.js'
import { type Credential } from '../application.js'
import { type KeysAnswer } from './credential.schema.js'

/** Keys as they are answered; their revision is the application's. */
export function keysAnswer(credential: Credential, rev: number, now: Date): KeysAnswer {
  const { id, createdAt, updatedAt, environment, clientId, grantTypes, accessTokenLifetimeSeconds } = credential
  const { authMethod, jwks, allowedScopes, allowedActors, secrets } = credential
  return {
    id,
    rev,
    createdAt,
    updatedAt,
    environment,
    clientId,
    grantTypes,
    accessTokenLifetimeSeconds,
    public: credential.public,
    authMethod,
    ...(jwks === undefined ? {} : { jwks }),
    ...(allowedScopes === undefined ? {} : { allowedScopes }),
    allowedActors,
    secrets: liveSecrets(secrets, now).map(secretAnswer),
  }
}
