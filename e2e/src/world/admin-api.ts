import { type AdminCredential, type StackService } from '@cambio/local-stack'
import { httpRequest, type HttpRequestOptions } from '@cambio/testing'

import { remember, rememberAnswer } from './secrets.js'

/** A body as tests look at it: the members that they read by name, and any others to compare. */
export interface AnswerBody {
  readonly [member: string]: unknown
  readonly id: string
  readonly rev: number
  readonly name: string
  readonly handle: string
  readonly clientId: string
  readonly clientSecret: string
  readonly access_token: string
  readonly items: readonly AnswerBody[]
}

/** An answer with its body: parsed JSON, or text under `text`; an empty one has no members. */
export interface ApiAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: AnswerBody
}

export type Urls = Readonly<Record<StackService, string>>

/** Sends a request and notes every secret in its answer. */
export async function call(url: string, options: HttpRequestOptions = {}): Promise<ApiAnswer> {
  const answer = await httpRequest(url, { timeoutMs: 20_000, ...options })
  const isJson = /json/.test(answer.headers['content-type'] ?? '') && answer.text !== ''
  const body = (isJson ? answer.json() : answer.text === '' ? {} : { text: answer.text }) as AnswerBody
  rememberAnswer(body)
  return { status: answer.status, headers: answer.headers, body }
}

/** A client of the administrators' API. */
export class AdminApi {
  private constructor(
    readonly urls: Urls,
    readonly token: string,
  ) {}

  /** Gets a token for an admin client. */
  static async signIn(urls: Urls, { clientId, clientSecret }: AdminCredential): Promise<AdminApi> {
    remember(clientSecret)
    const answer = await call(`${urls['token-service']}/oauth2/token`, {
      basic: [clientId, clientSecret],
      form: { grant_type: 'client_credentials' },
    })
    if (answer.status !== 200) throw new Error(`the admin client got ${answer.status} ${JSON.stringify(answer.body)}`)
    return new AdminApi(urls, answer.body.access_token)
  }

  async send(
    service: StackService,
    method: string,
    path: string,
    json?: unknown,
    headers: Record<string, string> = {},
  ): Promise<ApiAnswer> {
    return call(`${this.urls[service]}${path}`, { method, bearer: this.token, headers, ...(json === undefined ? {} : { json }) })
  }

  get = (service: StackService, path: string): Promise<ApiAnswer> => this.send(service, 'GET', path)

  /** Makes or does something that must work. @throws Error with the answer when it did not */
  async must(service: StackService, method: string, path: string, json?: unknown): Promise<AnswerBody> {
    const answer = await this.send(service, method, path, json)
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
    return answer.body
  }
}
