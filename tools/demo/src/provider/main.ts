// The external identity provider of the demo: oidc-provider, a certified OpenID provider, in a process of its own. It stands for
// the Okta or Entra ID of an organization: it knows nothing of Cambio, and Cambio knows of it only what its well-known URL says.
import { exportJWK, generateKeyPair } from 'jose'
import { Provider } from 'oidc-provider'

import { answerInteractions } from './interactions.js'

/** What the launching process says; all of it is made up for one run. */
const settings = JSON.parse(process.argv[2] ?? '{}') as {
  readonly port: number
  readonly clientId: string
  readonly clientSecret: string
  readonly redirectUri: string
  readonly user: string
  readonly password: string
  /** The audience of access tokens and the scopes that the provider knows for it. */
  readonly audience: string
  readonly scopes: readonly string[]
}

const issuer = `http://127.0.0.1:${settings.port}`
const { privateKey } = await generateKeyPair('RS256', { modulusLength: 2048, extractable: true })
const signingKey = { ...(await exportJWK(privateKey)), kid: 'demo-1', use: 'sig', alg: 'RS256' }

const provider = new Provider(issuer, {
  jwks: { keys: [signingKey] },
  cookies: { keys: [crypto.randomUUID()] },
  scopes: ['openid', 'profile', 'email'],
  claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
  clients: [
    {
      client_id: settings.clientId,
      client_secret: settings.clientSecret,
      redirect_uris: [settings.redirectUri],
      grant_types: ['authorization_code'],
      response_types: ['code'],
    },
  ],
  pkce: { required: () => true },
  features: {
    devInteractions: { enabled: false },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => settings.audience,
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({
        audience: settings.audience,
        scope: settings.scopes.join(' '),
        accessTokenFormat: 'jwt',
        accessTokenTTL: 600,
        jwt: { sign: { alg: 'RS256' } },
      }),
    },
  },
  ttl: { AccessToken: 600, AuthorizationCode: 60, IdToken: 600, Interaction: 600, Session: 600, Grant: 600 },
  interactions: { url: (_context, interaction) => `/interaction/${interaction.uid}` },
  findAccount: (_context, id) => ({
    accountId: id,
    claims: () => ({ sub: id, email: `${id}@demo.example`, email_verified: true, name: id }),
  }),
})

answerInteractions(provider, { user: settings.user, password: settings.password })

const server = provider.listen(settings.port, '127.0.0.1', () => {
  process.stdout.write(`listening on ${issuer}\n`)
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    server.closeAllConnections()
    server.close(() => process.exit(0))
  })
}
