import { execFileSync } from 'node:child_process'

import { type IdentityProviderSummary } from '@cambio/contracts'
import { IDS } from '@cambio/testing'
import { describe, expect, it } from 'vitest'

import { type Application, createApplication } from '../application.js'
import { createBinding } from '../bindings/binding.js'
import { createCredential } from '../credentials/credential.js'
import { connectionInfo } from './connection-info.js'

const now = new Date('2026-11-01T12:00:00.000Z')

const okta: IdentityProviderSummary = {
  id: IDS.identityProvider,
  name: 'okta',
  type: 'okta',
  enabled: true,
  environments: ['production'],
  issuer: 'https://okta.test',
  tokenEndpoint: "https://okta.test/token?a=$(id)&b='c'",
  authorizationEndpoint: 'https://okta.test/authorize',
  tokenLabel: 'Okta Token',
}

function anApplication(more: Partial<Application> = {}, settings: Partial<Application['credentials'][number]> = {}): Application {
  const credential = {
    ...createCredential(
      'production',
      { grantTypes: [], accessTokenLifetimeSeconds: 900, public: false, authMethod: 'client_secret_basic', allowedActors: [] },
      now,
    ),
    clientId: 'app1',
    ...settings,
  }
  return { ...createApplication({ name: 'shop' }), credentials: [credential], ...more }
}

const infoOf = (application: Application, providers = [okta], environment: 'production' | 'sandbox' = 'production') =>
  connectionInfo(application, environment, 'https://tokens.test', providers)

/** The words that a shell makes of a command; nothing in it may be executed. */
const wordsOf = (command: string): string[] =>
  execFileSync('sh', ['-c', `set -- ${command}; for word in "$@"; do printf '%s\\n' "$word"; done`], { encoding: 'utf8' })
    .trimEnd()
    .split('\n')

describe('connection info', () => {
  it('shows our endpoints and, for an identity provider, its own, its label and the exchange', () => {
    expect(infoOf(anApplication())).toEqual({
      environment: 'production',
      issuer: 'https://tokens.test',
      tokenEndpoint: 'https://tokens.test/oauth2/token',
      jwksUri: 'https://tokens.test/oauth2/jwks',
      clientId: 'app1',
      identityProviders: [
        {
          id: okta.id,
          name: 'okta',
          type: 'okta',
          issuer: 'https://okta.test',
          authorizationEndpoint: 'https://okta.test/authorize',
          tokenEndpoint: okta.tokenEndpoint,
          tokenLabel: 'Okta Token',
          clientIds: [],
          curl: {
            exchange: [
              "curl -X POST 'https://tokens.test/oauth2/token'",
              "  -u 'app1:{client_secret}'",
              "  --data-urlencode 'grant_type=urn:ietf:params:oauth:grant-type:token-exchange'",
              "  --data-urlencode 'subject_token_type=urn:ietf:params:oauth:token-type:jwt'",
              "  --data-urlencode 'subject_token={okta_token}'",
            ].join(' \\\n'),
          },
        },
      ],
    })
  })

  it('has a placeholder for the client id until there are keys', () => {
    const info = infoOf(anApplication({ credentials: [] }))
    expect(info.clientId).toBeUndefined()
    expect(info.identityProviders[0]?.curl.exchange).toContain("-u '{client_id}:{client_secret}'")
  })

  it.each([
    ['none', ['client_id=app1']],
    ['client_secret_post', ['client_id=app1', 'client_secret={client_secret}']],
    [
      'private_key_jwt',
      ['client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer', 'client_assertion={client_assertion}'],
    ],
  ] as const)('lets a client authenticate by %s', (authMethod, parameters) => {
    const command = infoOf(anApplication({}, { authMethod })).identityProviders[0]?.curl.exchange ?? ''
    const words = wordsOf(command)
    expect(words).not.toContain('-u')
    expect(words).toEqual(expect.arrayContaining([...parameters]))
  })

  it('shows the code flow of a bound client id, in words that a shell does not read', () => {
    const clientId = "x'; touch /tmp/never; echo '$(id)`id`\\"
    const bindings = [createBinding(okta.id, 'production', clientId, now), createBinding(okta.id, 'sandbox', 'other', now)]
    const [provider] = infoOf(anApplication({ bindings })).identityProviders
    expect(provider?.clientIds).toEqual([clientId])
    expect(wordsOf(provider?.curl.authorizationCode ?? '')).toEqual([
      'curl',
      '-X',
      'POST',
      okta.tokenEndpoint,
      '--data-urlencode',
      'grant_type=authorization_code',
      '--data-urlencode',
      `client_id=${clientId}`,
      '--data-urlencode',
      'client_secret={identity_provider_client_secret}',
      '--data-urlencode',
      'code={authorization_code}',
      '--data-urlencode',
      'redirect_uri={redirect_uri}',
      '--data-urlencode',
      'scope={scopes}',
    ])
  })

  it('leaves out what the application cannot use here: disabled, of another environment, or not allowed', () => {
    expect(infoOf(anApplication(), [{ ...okta, enabled: false }]).identityProviders).toEqual([])
    expect(infoOf(anApplication(), [okta], 'sandbox').identityProviders).toEqual([])
    expect(infoOf(anApplication({ identityProviders: [] })).identityProviders).toEqual([])
  })
})
