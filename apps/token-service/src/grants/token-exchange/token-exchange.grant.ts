import {
  type FormParameters,
  grantTypes,
  oauthFailure,
  parameters,
  type Parsed,
  parseRequestedTokenType,
  parseTokenTypeUri,
  tokenTypes,
} from '@cambio/oauth'

import { type Client } from '../../directory/clients.projection.js'
import { type AccessTokenContent, exchangedSubject } from '../../issuing/access-token.js'
import { type Grant, type GrantDetail, type GrantOutcome, type GrantRequest } from '../../token-endpoint/grant.js'
import { readRequestedAccess } from '../read-requested-access.js'
import { type RequestedAccess, scopeText } from '../targets-and-scopes.js'
import { authorizeExchange } from './authorize-exchange.js'
import { type AuthorizedExchange, NO_RECORDER, type PresentedToken } from './exchange-decision.js'
import { type ExchangePorts } from './exchange-ports.js'

/** What RFC 8693 §2.1 lets a request say, besides the client. */
interface ExchangeParameters {
  readonly subject: PresentedToken
  readonly actor?: PresentedToken
  readonly requested: RequestedAccess
}

/** The token exchange of RFC 8693: reads its parameters, asks `authorizeExchange`, and says what the token will hold. */
export class TokenExchangeGrant implements Grant {
  readonly grantType = grantTypes.tokenExchange

  constructor(private readonly ports: ExchangePorts) {}

  mayUse(client: Client): boolean {
    return client.kind === 'application' && client.credential.grantTypes.includes(this.grantType)
  }

  async decide({ client, form }: GrantRequest): Promise<GrantOutcome> {
    if (client.kind !== 'application') return { ok: false, failure: oauthFailure('grant.not_allowed_for_client') }
    const read = readExchangeParameters(form)
    if (!read.ok) return read
    // Before the decision, which may use a token up.
    const org = this.ports.directory.organizations.byId(client.org)
    if (org === undefined) return { ok: false, failure: oauthFailure('service.not_ready') }
    const decision = await authorizeExchange({ client, ...read.value }, this.ports, NO_RECORDER)
    if (!decision.ok) return decision
    return {
      ok: true,
      content: { ...contentOf(decision.value), org },
      issuedTokenType: tokenTypes.accessToken,
      detail: detailOf(decision.value),
    }
  }
}

/** Reads and checks every parameter before anything is decided, so that a malformed request is told apart from a refused one. */
export function readExchangeParameters(form: FormParameters): Parsed<ExchangeParameters> {
  const subject = readPresented(form, parameters.subjectToken, parameters.subjectTokenType)
  if (!subject.ok) return subject
  if (subject.value === undefined) return missing(parameters.subjectToken)
  const actor = readPresented(form, parameters.actorToken, parameters.actorTokenType)
  if (!actor.ok) return actor
  const requestedType = parseRequestedTokenType(form.get(parameters.requestedTokenType))
  if (!requestedType.ok) return requestedType
  const requested = readRequestedAccess(form)
  if (!requested.ok) return requested
  return {
    ok: true,
    value: { subject: subject.value, ...(actor.value !== undefined && { actor: actor.value }), requested: requested.value },
  }
}

type TokenParameter = typeof parameters.subjectToken | typeof parameters.actorToken
type TypeParameter = typeof parameters.subjectTokenType | typeof parameters.actorTokenType

/** A token and its type come together or not at all (RFC 8693 §2.1). */
function readPresented(form: FormParameters, tokenName: TokenParameter, typeName: TypeParameter): Parsed<PresentedToken | undefined> {
  const token = form.get(tokenName)
  const type = form.get(typeName)
  if (token === undefined && type === undefined) return { ok: true, value: undefined }
  const isActor = tokenName === parameters.actorToken
  if (token === undefined) return isActor ? { ok: false, failure: oauthFailure('request.actor_type_without_token') } : missing(tokenName)
  if (type === undefined) return isActor ? { ok: false, failure: oauthFailure('request.actor_token_without_type') } : missing(typeName)
  const declaredType = parseTokenTypeUri(type)
  return declaredType.ok ? { ok: true, value: { token, declaredType: declaredType.value } } : declaredType
}

function missing(parameter: string): { readonly ok: false; readonly failure: ReturnType<typeof oauthFailure> } {
  return { ok: false, failure: oauthFailure('request.missing_parameter', { detail: parameter }) }
}

function contentOf(exchange: AuthorizedExchange): AccessTokenContent {
  const { client, subject, access, act, ext } = exchange
  const { issuer, token } = subject
  const scope = scopeText(access)
  return {
    sub: exchangedSubject(issuer.id, token.subject),
    audience: access.targets.map((api) => api.identifier),
    clientId: client.clientId,
    ...(scope !== undefined && { scope }),
    lifetimeSeconds: exchange.lifetimeSeconds,
    app: { id: client.applicationId },
    env: exchange.environment,
    idp: {
      id: issuer.id,
      name: issuer.value.name,
      iss: token.issuer,
      sub: token.subject,
      ...(token.keyId !== undefined && { kid: token.keyId }),
    },
    ...(act !== undefined && { act }),
    ...(ext !== undefined && { ext }),
  }
}

function detailOf({ subject, actor, access }: AuthorizedExchange): GrantDetail {
  return {
    identityProvider: subject.issuer.id,
    subject: exchangedSubject(subject.issuer.id, subject.token.subject),
    ...(actor !== undefined && { actor: exchangedSubject(actor.issuer.id, actor.token.subject) }),
    audience: access.targets.map((api) => api.identifier),
    scopes: access.scopes.map((scope) => scope.fullyQualifiedName),
  }
}
