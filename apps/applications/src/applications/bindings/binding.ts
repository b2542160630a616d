import { environmentSchema, type Environment, type IdentityProviderId, newId } from '@cambio/contracts'
import { resourceMembers } from '@cambio/service-kit'
import { z } from 'zod'

import { type Application, type Binding, timesOf } from '../application.js'
import { identityProviderNameSchema } from '../application.schema.js'

/** The body of a binding. The client id is the provider's own, so it may be anything printable. */
export const bindingDraftSchema = z
  .strictObject({
    identityProvider: identityProviderNameSchema,
    environment: environmentSchema,
    clientId: z
      .string()
      .regex(/^[^\s\p{Cc}\p{Cf}]{1,255}$/u, 'must be 1–255 characters without spaces and control characters')
      .describe('The client id of the application at that identity provider.'),
  })
  .meta({ id: 'BindingDraft' })

export type BindingDraft = z.output<typeof bindingDraftSchema>

export const bindingAnswerSchema = z
  .object({
    ...resourceMembers,
    identityProvider: z.string().describe('Id of the identity provider.'),
    environment: environmentSchema,
    clientId: z.string(),
  })
  .meta({ id: 'Binding' })

export type BindingAnswer = z.output<typeof bindingAnswerSchema>

export function createBinding(identityProvider: IdentityProviderId, environment: Environment, clientId: string, now: Date): Binding {
  return { id: newId('binding'), identityProvider, environment, clientId, ...timesOf(now) }
}

/** A client id of an identity provider stands for one environment: a token that carries it has one. */
export function isBoundHere({ bindings }: Application, { identityProvider, clientId }: Binding): boolean {
  return bindings.some((other) => other.identityProvider === identityProvider && other.clientId === clientId)
}

/** A binding as it is answered; its revision is the application's. */
export function bindingAnswer({ id, identityProvider, environment, clientId, createdAt, updatedAt }: Binding, rev: number): BindingAnswer {
  return { id, rev, createdAt, updatedAt, identityProvider, environment, clientId }
}
