import { oauthErrorAnswer, type OAuthFailure } from '@cambio/oauth'
import { type AuditEntry } from '@cambio/store'
import { TEST_CLIENT_SECRET, TEST_PEPPER } from '@cambio/testing'

import { DecisionLog } from '../audit/decision-log.js'
import { DirectoryReadiness, type ReplicaReadiness } from '../directory/directory-readiness.js'
import { type Grant } from '../token-endpoint/grant.js'
import { ClientCredentialsGrant } from '../grants/client-credentials/client-credentials.grant.js'
import { type KeyRefresher } from '../grants/token-exchange/exchange-ports.js'
import { TokenExchangeGrant } from '../grants/token-exchange/token-exchange.grant.js'
import { AccessTokenIssuer } from '../issuing/issue-access-token.js'
import { HandleTokenRequest, type TokenAnswer } from '../token-endpoint/handle-token-request.js'
import { ExchangeWorld, OWN_ISSUER } from './exchange-world.js'

/** A form as a record or as pairs, for names that occur twice. */
export type FormFields = Readonly<Record<string, string>> | readonly (readonly [string, string])[]

export interface PostOptions {
  /** Client id and secret; null for none. Default `app1` with its secret. */
  readonly basic?: readonly [string, string] | null
  readonly authorization?: string
  readonly query?: string
  /** Instead of the form's own text; null = not declared a form. */
  readonly body?: string | null
}

export interface Posted {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: unknown
  readonly answer?: TokenAnswer
  readonly failure?: OAuthFailure
}

let lastRequest = 0

/** The pipeline of the token endpoint over an `ExchangeWorld`, without HTTP around it. */
export class TokenEndpoint {
  /** What the replicas say of themselves; looked at every 100 ms of the clock. */
  replicas: readonly ReplicaReadiness[] = [{ ready: true, ageSeconds: 0 }]
  readonly #handler: HandleTokenRequest
  readonly #decisions: DecisionLog

  private constructor(
    readonly world: ExchangeWorld,
    pepper: string,
  ) {
    const { directory, clock, ports, signingKeys, store } = world
    const grants: Grant[] = [new TokenExchangeGrant(ports), new ClientCredentialsGrant(directory)]
    this.#decisions = new DecisionLog(store.audit(), { writer: 'spec', onState: () => undefined })
    this.#handler = new HandleTokenRequest({
      grants: new Map(grants.map((grant) => [grant.grantType, grant])),
      readiness: new DirectoryReadiness(() => this.replicas),
      clients: directory.clients,
      issuer: new AccessTokenIssuer(OWN_ISSUER, signingKeys),
      decisions: this.#decisions,
      pepper: Buffer.from(pepper),
      nowMs: clock.nowMs,
    })
  }

  static async make(keyRefresher?: KeyRefresher, pepper = TEST_PEPPER): Promise<TokenEndpoint> {
    return new TokenEndpoint(await ExchangeWorld.make(keyRefresher), pepper)
  }

  async post(form: FormFields, options: PostOptions = {}): Promise<Posted> {
    const { basic = ['app1', TEST_CLIENT_SECRET], authorization = basicHeader(basic), query = '', body = formText(form) } = options
    const requestId = `request-${(lastRequest += 1)}`
    const result = await this.#handler.handle({ requestId, query, authorization, body: body ?? undefined })
    if (!result.ok) return { ...oauthErrorAnswer(result.failure), failure: result.failure }
    return { status: 200, headers: {}, body: result.answer, answer: result.answer }
  }

  /** The newest recorded decision of an organization, or of the platform. */
  async lastDecision(org: string): Promise<AuditEntry | undefined> {
    await this.#decisions.flush()
    const page = await this.world.store.audit().page(org, { limit: 500 })
    if (!page.ok) throw new Error(page.error.code)
    return page.value.items.find(({ requestId }) => requestId === `request-${lastRequest}`)
  }

  async end(): Promise<void> {
    await this.world.end()
  }
}

const formText = (form: FormFields): string =>
  new URLSearchParams(isPairs(form) ? form.map(([name, value]): [string, string] => [name, value]) : form).toString()

const isPairs = (form: FormFields): form is readonly (readonly [string, string])[] => Array.isArray(form)

const basicHeader = (basic: readonly [string, string] | null): string | undefined =>
  basic === null ? undefined : `Basic ${Buffer.from(basic.map(encodeURIComponent).join(':')).toString('base64')}`
