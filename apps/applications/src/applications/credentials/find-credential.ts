import { type Environment } from '@cambio/contracts'
import { ok, type Result } from '@cambio/store'

import { notFound, type Refusal } from '../../refusals/refusal.js'
import { type Application, type Credential } from '../application.js'

/** The keys of one environment. */
export function findCredential({ credentials }: Application, environment: Environment): Result<Credential, Refusal> {
  const found = credentials.find((credential) => credential.environment === environment)
  return found === undefined ? notFound('key') : ok(found)
}

/** The application with other keys in the place of those of their environment. */
export function withCredential(application: Application, changed: Credential): Application {
  return {
    ...application,
    credentials: application.credentials.map((credential) => (credential.environment === changed.environment ? changed : credential)),
  }
}
