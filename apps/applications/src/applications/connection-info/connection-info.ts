import { environmentSchema, type Environment, type IdentityProviderSummary, providerTypeSchema } from '@cambio/contracts'
import { grantTypes, jwtBearerAssertionType, tokenTypes } from '@cambio/oauth'
import { z } from 'zod'

import { type Application, mayUseIdentityProvider } from '../application.js'
import { curlForm, type FormParameters } from './curl-command.js'

const providerSchema = z.object({
  id: z.string(),
  name: z.string(),
  type: providerTypeSchema,
  issuer: z.string(),
  authorizationEndpoint: z.string().optional(),
  tokenEndpoint: z.string().optional(),
  tokenLabel: z.string().describe('What the field for its token is called, such as "Okta Token".'),
  clientIds: z.array(z.string()).describe('Its client ids that are bound to the application in this environment.'),
  curl: z.object({
    exchange: z.string().describe('Trades its token for one of ours.'),
    authorizationCode: z.string().optional().describe('Gets its token by its authorization code flow; only if a client id is bound.'),
  }),
})

export const connectionInfoSchema = z
  .object({
    environment: environmentSchema,
    issuer: z.string(),
    tokenEndpoint: z.string(),
    jwksUri: z.string(),
    clientId: z.string().optional().describe('Absent until keys were generated.'),
    identityProviders: z.array(providerSchema),
  })
  .meta({ id: 'ConnectionInfo', description: 'Placeholders in commands are written `{like_this}`; no secret stands in them.' })

export type ConnectionInfo = z.output<typeof connectionInfoSchema>
type ProviderInfo = z.output<typeof providerSchema>

/** What a developer needs to connect an application in one environment: what the portal shows. */
export function connectionInfo(
  application: Application,
  environment: Environment,
  issuer: string,
  identityProviders: readonly IdentityProviderSummary[],
): ConnectionInfo {
  const credential = application.credentials.find((one) => one.environment === environment)
  const usable = identityProviders.filter(
    (idp) => idp.enabled && idp.environments.includes(environment) && mayUseIdentityProvider(application, idp.id),
  )
  return {
    environment,
    issuer,
    tokenEndpoint: `${issuer}/oauth2/token`,
    jwksUri: `${issuer}/oauth2/jwks`,
    ...(credential === undefined ? {} : { clientId: credential.clientId }),
    identityProviders: usable.map((idp) => providerInfo(idp, application, environment, issuer)),
  }
}

function providerInfo(idp: IdentityProviderSummary, application: Application, environment: Environment, issuer: string): ProviderInfo {
  const { id, name, type, authorizationEndpoint, tokenEndpoint, tokenLabel } = idp
  const clientIds = application.bindings
    .filter((binding) => binding.identityProvider === id && binding.environment === environment)
    .map(({ clientId }) => clientId)
  const [clientId] = clientIds
  const credential = application.credentials.find((one) => one.environment === environment)
  return {
    id,
    name,
    type,
    issuer: idp.issuer,
    ...(authorizationEndpoint === undefined ? {} : { authorizationEndpoint }),
    ...(tokenEndpoint === undefined ? {} : { tokenEndpoint }),
    tokenLabel,
    clientIds,
    curl: {
      exchange: exchangeCommand(`${issuer}/oauth2/token`, credential, placeholder(tokenLabel)),
      ...(clientId === undefined || tokenEndpoint === undefined ? {} : { authorizationCode: codeCommand(tokenEndpoint, clientId) }),
    },
  }
}

/** "Okta Token" as `{okta_token}`. */
const placeholder = (label: string): string => `{${label.toLowerCase().replaceAll(/[^a-z0-9]+/g, '_')}}`

function exchangeCommand(tokenEndpoint: string, credential: Application['credentials'][number] | undefined, token: string): string {
  const clientId = credential?.clientId ?? '{client_id}'
  const exchange: FormParameters = [
    ['grant_type', grantTypes.tokenExchange],
    ['subject_token_type', tokenTypes.jwt],
    ['subject_token', token],
  ]
  switch (credential?.authMethod) {
    case 'none':
      return curlForm(tokenEndpoint, [...exchange, ['client_id', clientId]])
    case 'private_key_jwt':
      return curlForm(tokenEndpoint, [
        ...exchange,
        ['client_assertion_type', jwtBearerAssertionType],
        ['client_assertion', '{client_assertion}'],
      ])
    case 'client_secret_post':
      return curlForm(tokenEndpoint, [...exchange, ['client_id', clientId], ['client_secret', '{client_secret}']])
    case 'client_secret_basic':
    case undefined:
      return curlForm(tokenEndpoint, exchange, { user: clientId, password: '{client_secret}' })
  }
}

/** The second step of the provider's own flow (RFC 6749 §4.1.3), with the code that its authorize endpoint gave. */
function codeCommand(tokenEndpoint: string, clientId: string): string {
  return curlForm(tokenEndpoint, [
    ['grant_type', 'authorization_code'],
    ['client_id', clientId],
    ['client_secret', '{identity_provider_client_secret}'],
    ['code', '{authorization_code}'],
    ['redirect_uri', '{redirect_uri}'],
    ['scope', '{scopes}'],
  ])
}
