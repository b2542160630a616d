import { type StoredDocument } from '@cambio/store'

import { resourceMembersOf } from '../aggregates/resource-answer.js'
import { secretAnswer } from '../client-secrets/secret.answer.js'
import { liveSecrets } from '../client-secrets/live-secrets.js'
import { type AdminClient } from './admin-client.js'
import { type AdminClientAnswer } from './admin-client.schema.js'

/** An admin client as it is answered. */
export function adminClientAnswer(document: StoredDocument<AdminClient>, now: Date): AdminClientAnswer {
  const { clientId, name, role, applications, secrets } = document.value
  return {
    ...resourceMembersOf(document),
    clientId,
    name,
    role,
    ...(role === 'developer' ? { applications } : {}),
    secrets: liveSecrets(secrets, now).map(secretAnswer),
  }
}
