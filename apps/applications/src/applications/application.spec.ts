import { IDS } from '@cambio/testing'
import { describe, expect, it } from 'vitest'

import { type Application, createApplication, mayUseIdentityProvider, withoutApi, withoutIdentityProvider } from './application.js'
import { createBinding } from './bindings/binding.js'
import { createCredential } from './credentials/credential.js'
import { createSubscription } from './subscriptions/subscription.js'

const now = new Date('2026-11-01T12:00:00.000Z')
const idp = IDS.identityProvider

const credential = createCredential(
  'production',
  {
    grantTypes: ['client_credentials'],
    accessTokenLifetimeSeconds: 900,
    public: false,
    authMethod: 'client_secret_basic',
    allowedActors: [{ identityProvider: idp, sub: 'bot' }],
  },
  now,
)

const application: Application = {
  ...createApplication({ name: 'shop', identityProviders: [idp] }),
  credentials: [credential],
  bindings: [createBinding(idp, 'production', 'client-at-a', now)],
  subscriptions: [createSubscription(IDS.api, undefined, now)],
}

describe('an application', () => {
  it('may use every identity provider when it names none, and none when its list is empty', () => {
    expect(mayUseIdentityProvider(createApplication({ name: 'a' }), idp)).toBe(true)
    expect(mayUseIdentityProvider(createApplication({ name: 'a', identityProviders: [] }), idp)).toBe(false)
    expect(mayUseIdentityProvider(application, idp)).toBe(true)
  })

  it('forgets an identity provider that is gone without coming to trust all others', () => {
    const left = withoutIdentityProvider(application, idp)
    expect(left.identityProviders).toEqual([])
    expect(left.bindings).toEqual([])
    expect(left.credentials[0]?.allowedActors).toEqual([])
    expect(mayUseIdentityProvider(left, idp)).toBe(false)
    expect(withoutIdentityProvider(createApplication({ name: 'a' }), idp).identityProviders).toBeUndefined()
  })

  it('forgets the subscriptions to an API that is gone', () => {
    expect(withoutApi(application, IDS.api).subscriptions).toEqual([])
    expect(withoutApi(application, 'api_other').subscriptions).toEqual(application.subscriptions)
  })
})
