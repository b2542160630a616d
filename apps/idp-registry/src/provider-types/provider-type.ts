import { providerTypeSchema, type ProviderType } from '@cambio/contracts'
import { providerPresets } from '@cambio/token-trust'
import { z } from 'zod'

/** How a form shows one field of a provider: what it is called at this product, and where to find its value. */
export const presetFieldSchema = z.object({ name: z.string(), label: z.string(), help: z.string() })

export const providerTypeAnswerSchema = z
  .object({
    type: providerTypeSchema,
    name: z.string(),
    /** What the field for a token of this provider is called. */
    tokenLabel: z.string(),
    fields: z.array(presetFieldSchema),
    claims: z.object({
      clientId: z.array(z.string()),
      scopes: z.array(z.string()),
      roles: z.array(z.string()),
    }),
    allowedAlgorithms: z.array(z.string()).describe('Used where discovery names none.'),
  })
  .meta({ id: 'ProviderType' })

export type ProviderTypeAnswer = z.infer<typeof providerTypeAnswerSchema>

interface Words {
  readonly name: string
  /** What a token is called after, if not the name. */
  readonly tokensOf?: string
  readonly audience: string
  readonly wellKnownUrl: string
}

/** What each product calls things. */
const words: Readonly<Record<ProviderType, Words>> = {
  okta: {
    name: 'Okta',
    audience: 'The audience of the authorization server: Security → API → Authorization Servers → your server → Settings → Audience.',
    wellKnownUrl: 'https://<your domain>.okta.com/oauth2/<server>/.well-known/openid-configuration',
  },
  microsoft: {
    name: 'Microsoft Entra ID',
    // "Microsoft Entra ID Token" reads as an ID token.
    tokensOf: 'Microsoft',
    audience:
      'The Application ID URI of the application for which the token is requested: App registrations → your application → Expose an API.',
    wellKnownUrl: 'https://login.microsoftonline.com/<tenant id>/v2.0/.well-known/openid-configuration; for version 1 tokens without /v2.0',
  },
  auth0: {
    name: 'Auth0',
    audience: 'The identifier of the API, as in the audience parameter: Applications → APIs → your API → Settings → Identifier.',
    wellKnownUrl: 'https://<your tenant>.auth0.com/.well-known/openid-configuration',
  },
  asgardeo: {
    name: 'Asgardeo',
    audience: 'The client id of the application, or an audience of its access token settings.',
    wellKnownUrl: 'https://api.asgardeo.io/t/<organization>/oauth2/token/.well-known/openid-configuration',
  },
  wso2: {
    name: 'WSO2 Identity Server',
    audience: 'The client id of the application, or an audience of its access token settings.',
    wellKnownUrl: 'https://<host>/oauth2/token/.well-known/openid-configuration',
  },
  keycloak: {
    name: 'Keycloak',
    audience: 'An audience that a mapper puts into the access token, the client id of the API mostly.',
    wellKnownUrl: 'https://<host>/realms/<realm>/.well-known/openid-configuration',
  },
  google: {
    name: 'Google',
    audience: 'The client id of the OAuth client: the ID tokens of Google are for it.',
    wellKnownUrl: 'https://accounts.google.com/.well-known/openid-configuration',
  },
  cognito: {
    name: 'Amazon Cognito',
    audience: 'The id of the app client: access tokens of Cognito name it in client_id instead of aud.',
    wellKnownUrl: 'https://cognito-idp.<region>.amazonaws.com/<user pool id>/.well-known/openid-configuration',
  },
  generic: {
    name: 'OpenID Connect',
    audience: 'The value that the tokens of this provider carry as aud.',
    wellKnownUrl: 'https://<issuer>/.well-known/openid-configuration',
  },
}

/** What the field for a token of this provider is called: "Okta Token". */
export const tokenLabelOf = (type: ProviderType): string => `${words[type].tokensOf ?? words[type].name} Token`

/** Every kind of provider, in the order of a choice: the well-known ones first. */
export function listProviderTypes(): readonly ProviderTypeAnswer[] {
  return providerTypeSchema.options.map(describe)
}

function describe(type: ProviderType): ProviderTypeAnswer {
  const { claims, allowedAlgorithms } = providerPresets[type]
  const list = (names: string | readonly string[] | undefined): string[] =>
    names === undefined ? [] : typeof names === 'string' ? [names] : [...names]
  return {
    type,
    name: words[type].name,
    tokenLabel: tokenLabelOf(type),
    fields: fieldsOf(words[type]),
    claims: { clientId: list(claims.clientId), scopes: list(claims.scopes), roles: list(claims.roles) },
    allowedAlgorithms: [...allowedAlgorithms],
  }
}

/** The fields of the form, in its order. */
function fieldsOf({ audience, wellKnownUrl }: Words): z.infer<typeof presetFieldSchema>[] {
  return [
    { name: 'name', label: 'Name', help: 'The name of the identity provider. It cannot be changed later.' },
    { name: 'description', label: 'Description', help: 'A brief description.' },
    { name: 'allowedAudiences', label: 'Allowed Token Audience', help: audience },
    { name: 'wellKnownUrl', label: 'Well-Known URL', help: `The address of the discovery document: ${wellKnownUrl}` },
    { name: 'issuer', label: 'Issuer', help: 'The iss claim of the tokens, byte for byte. Filled in from the well-known URL.' },
    { name: 'tokenEndpoint', label: 'Token Endpoint', help: 'Where clients get their tokens. Filled in from the well-known URL.' },
    { name: 'jwksUri', label: 'JWKS Endpoint', help: 'Where the provider publishes its keys. Filled in from the well-known URL.' },
  ]
}
