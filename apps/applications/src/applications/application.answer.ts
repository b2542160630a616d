import { type StoredDocument } from '@cambio/store'

import { resourceMembersOf } from '../aggregates/resource-answer.js'
import { type Application } from './application.js'
import { type ApplicationAnswer } from './application.schema.js'

/** An application as it is answered; its parts have addresses of their own. */
export function applicationAnswer(document: StoredDocument<Application>): ApplicationAnswer {
  const { name, description, identityProviders } = document.value
  return {
    ...resourceMembersOf(document),
    name,
    ...(description === undefined ? {} : { description }),
    ...(identityProviders === undefined ? {} : { identityProviders }),
  }
}
