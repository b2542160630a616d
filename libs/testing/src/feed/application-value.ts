import { type ApplicationValue, type BindingValue, type CredentialValue, type SubscriptionValue } from '@cambio/contracts'

import { aSecretDigest } from './feed-values.js'
import { IDS } from './fixed-ids.js'

/** The client `app1`: confidential, by Basic with `TEST_CLIENT_SECRET`, may exchange tokens in production. */
export function aCredential(overrides: Partial<CredentialValue> = {}): CredentialValue {
  return {
    id: IDS.credential,
    environment: 'production',
    clientId: 'app1',
    grantTypes: ['urn:ietf:params:oauth:grant-type:token-exchange'],
    accessTokenLifetimeSeconds: 900,
    public: false,
    authMethod: 'client_secret_basic',
    allowedActors: [],
    secrets: [aSecretDigest()],
    ...overrides,
  }
}

/** Binds the client id `client-at-a` of identity provider A. */
export function aBinding(overrides: Partial<BindingValue> = {}): BindingValue {
  return {
    id: IDS.binding,
    identityProvider: IDS.identityProvider,
    environment: 'production',
    clientId: 'client-at-a',
    ...overrides,
  }
}

/** An active subscription to `anApi()`. */
export function aSubscription(overrides: Partial<SubscriptionValue> = {}): SubscriptionValue {
  return { id: IDS.subscription, api: IDS.api, plan: 'default', status: 'ACTIVE', ...overrides }
}

/** An application with one credential, one binding and one subscription of the above. */
export function anApplication(overrides: Partial<ApplicationValue> = {}): ApplicationValue {
  return { name: 'App 1', credentials: [aCredential()], bindings: [aBinding()], subscriptions: [aSubscription()], ...overrides }
}
