import { applicationSchema, bindingSchema, credentialSchema, type IdentityProviderId, subscriptionSchema } from '@cambio/contracts'
import { z } from 'zod'

/** When a part of an application was made and last changed; its revision is the application's. */
const partTimes = { createdAt: z.iso.datetime(), updatedAt: z.iso.datetime() }

const storedCredentialSchema = credentialSchema.extend(partTimes)
const storedBindingSchema = bindingSchema.extend(partTimes)
const storedSubscriptionSchema = subscriptionSchema.extend(partTimes)

/** An application as it is stored: its public state, and when each of its parts was made. */
export const storedApplicationSchema = applicationSchema.extend({
  credentials: z.array(storedCredentialSchema),
  bindings: z.array(storedBindingSchema),
  subscriptions: z.array(storedSubscriptionSchema),
})

/** A client application of an organization, with its credentials, bindings and subscriptions: one aggregate. */
export type Application = z.infer<typeof storedApplicationSchema>

export type Credential = z.infer<typeof storedCredentialSchema>
export type Binding = z.infer<typeof storedBindingSchema>
export type Subscription = z.infer<typeof storedSubscriptionSchema>

/** The times of a part that is made or changed now. */
export const timesOf = (now: Date, createdAt?: string): { readonly createdAt: string; readonly updatedAt: string } => ({
  createdAt: createdAt ?? now.toISOString(),
  updatedAt: now.toISOString(),
})

/** A new application without keys, bindings and subscriptions. */
export function createApplication(draft: Pick<Application, 'name' | 'description' | 'identityProviders'>): Application {
  return { ...draft, credentials: [], bindings: [], subscriptions: [] }
}

/** Absent = every identity provider of the organization; an empty list = none. */
export function mayUseIdentityProvider(application: Application, identityProvider: IdentityProviderId): boolean {
  return application.identityProviders?.includes(identityProvider) ?? true
}

/** Every identity provider that the application refers to, by whatever of its parts. */
export function referredIdentityProviders({ identityProviders = [], bindings, credentials }: Application): ReadonlySet<string> {
  return new Set([
    ...identityProviders,
    ...bindings.map((binding) => binding.identityProvider),
    ...credentials.flatMap(({ allowedActors }) => allowedActors.map((actor) => actor.identityProvider)),
  ])
}

/**
 * The application without what refers to an identity provider that is gone. A list of allowed ones that becomes empty
 * stays an empty list: absent would mean all.
 */
export function withoutIdentityProvider(application: Application, gone: string): Application {
  const { identityProviders, bindings, credentials } = application
  return {
    ...application,
    ...(identityProviders === undefined ? {} : { identityProviders: identityProviders.filter((id) => id !== gone) }),
    bindings: bindings.filter((binding) => binding.identityProvider !== gone),
    credentials: credentials.map((credential) => ({
      ...credential,
      allowedActors: credential.allowedActors.filter((actor) => actor.identityProvider !== gone),
    })),
  }
}

/** The application without its subscriptions to an API that is gone. */
export function withoutApi(application: Application, gone: string): Application {
  return { ...application, subscriptions: application.subscriptions.filter(({ api }) => api !== gone) }
}
