import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FEED_KINDS, type FeedKind } from '@cambio/contracts'
import { type FeedReplica } from '@cambio/messaging'
import { grantTypes, tokenTypes } from '@cambio/oauth'
import { type Admission, createLog, parseConfiguration, type RunningService, startService } from '@cambio/service-kit'
import { openSqliteStore, type Store } from '@cambio/store'
import {
  eventually,
  type HttpAnswer,
  httpRequest,
  type HttpRequestOptions,
  aSubjectToken,
  startNatsServer,
  TEST_CLIENT_SECRET,
  TEST_PEPPER,
  type TestNatsServer,
} from '@cambio/testing'
import { expect } from 'vitest'

import { composeTokenService } from '../compose-token-service.js'
import { openTokenService } from '../open-token-service.js'
import { Neighbours, type Published } from './neighbours.js'

/** The issuer of our own tokens in these specs. */
export const OWN_URL = 'http://localhost:8400'

/** One process of the service, in the hands of a spec that stops and starts it. */
export class TokenServiceReplica {
  private constructor(
    readonly service: RunningService,
    private readonly replicas: ReadonlyMap<FeedKind, FeedReplica<FeedKind>>,
    /** What decides which requests are taken. */
    readonly admission: Admission,
    /** Everything that was logged, as lines of JSON. */
    readonly logged: () => string,
  ) {}

  /** @param store of the service; several replicas may be given stores of one file. Absent: the one that its process opens */
  static async start(
    dataDirectory: string,
    natsUrl: string,
    store?: Store,
    environment: Readonly<Record<string, string>> = {},
  ): Promise<TokenServiceReplica> {
    const lines: string[] = []
    const log = createLog({ service: 'token-service', level: 'debug', write: (line) => lines.push(line) })
    const reading = parseConfiguration('token-service', {
      CAMBIO_DATA_DIR: dataDirectory,
      CAMBIO_ISSUER: OWN_URL,
      CAMBIO_PEPPER: Buffer.from(TEST_PEPPER).toString('base64url'),
      CAMBIO_KEY_ENCRYPTION_KEY: 'c'.repeat(64),
      CAMBIO_SNAPSHOT_KEY: 'a'.repeat(64),
      NATS_URL: natsUrl,
      ...environment,
    })
    if (!reading.ok) throw new TypeError(JSON.stringify(reading.problems))
    const configuration = { ...reading.configuration, tokenServicePort: 0 }
    const composition = await (store === undefined ? openTokenService(configuration, log) : composeTokenService(configuration, log, store))
    const { admission, feed } = composition
    if (feed === undefined || admission === undefined) throw new TypeError('the service has no feed or takes every request')
    const followed = FEED_KINDS.filter((kind) => kind !== 'revocations')
    const replicas = new Map(followed.map((kind) => [kind, feed.follow(kind)]))
    const service = await startService({ ...composition, service: 'token-service', configuration, log })
    return new TokenServiceReplica(service, replicas, admission, () => lines.join(''))
  }

  get port(): number {
    return Number(new URL(this.service.url).port)
  }

  async get(path: string, options: HttpRequestOptions = {}): Promise<HttpAnswer> {
    return httpRequest(this.service.url + path, options)
  }

  /** Posts to the token endpoint, as `app1` unless told otherwise. */
  async token(form: NonNullable<HttpRequestOptions['form']>, options: HttpRequestOptions = {}): Promise<HttpAnswer> {
    return httpRequest(`${this.service.url}/oauth2/token`, { form, basic: ['app1', TEST_CLIENT_SECRET], ...options })
  }

  /** A token for the administrators' API. */
  async adminToken(clientId = 'admin-1'): Promise<string> {
    const answer = await this.token({ grant_type: grantTypes.clientCredentials }, { basic: [clientId, TEST_CLIENT_SECRET] })
    return (answer.json() as { access_token: string }).access_token
  }

  async ready(): Promise<void> {
    await eventually(async () => {
      expect((await this.get('/readyz')).status).toBe(200)
    })
  }

  /** Waits until what was published is what decisions are made by. */
  async has({ kind, org, id, rev }: Published): Promise<void> {
    await eventually(() => {
      expect(this.replicas.get(kind)?.get(org, id)?.rev).toBeGreaterThanOrEqual(rev)
    })
  }
}

/** The real service on a free port, with a private NATS server and its neighbours. */
export class RunningTokenService {
  private constructor(
    readonly nats: TestNatsServer,
    readonly neighbours: Neighbours,
    readonly replica: TokenServiceReplica,
    readonly dataDirectory: string,
  ) {}

  static async start(): Promise<RunningTokenService> {
    const nats = await startNatsServer()
    const neighbours = await Neighbours.start(nats.url)
    const dataDirectory = await mkdtemp(join(tmpdir(), 'cambio-token-service-'))
    const store = await openSqliteStore({ file: join(dataDirectory, 'token-service.db') })
    const replica = await TokenServiceReplica.start(dataDirectory, nats.url, store)
    await replica.ready()
    return new RunningTokenService(nats, neighbours, replica, dataDirectory)
  }

  /** Publishes for another service, and waits until this one has it. */
  async put(...parameters: Parameters<Neighbours['put']>): Promise<void> {
    await this.replica.has(await this.neighbours.put(...parameters))
  }

  async stop(): Promise<void> {
    await this.replica.service.stop()
    await this.neighbours.stop()
    await this.nats.stop()
    await rm(this.dataDirectory, { recursive: true, force: true })
  }
}

export const nowSeconds = (): number => Math.floor(Date.now() / 1_000)

/** A good subject token of identity provider A, issued now. */
export const aTokenNow = (options: Parameters<typeof aSubjectToken>[0] = {}): string =>
  aSubjectToken({ nowSeconds: nowSeconds(), ...options })

/** The form of an exchange that succeeds, with what a spec changes. */
export const exchangeForm = (more: Readonly<Record<string, string>> = {}): Record<string, string> => ({
  grant_type: grantTypes.tokenExchange,
  subject_token: aTokenNow(),
  subject_token_type: tokenTypes.jwt,
  ...more,
})

/** What every answer of the token endpoint has in its head. */
export const tokenEndpointHeaders = {
  'cache-control': 'no-store',
  'content-type': 'application/json',
  'x-request-id': expect.stringMatching(/^req_[0-9a-f]{32}$/) as string,
}

/** A refusal of the token endpoint: status, whole body and the headers that matter. */
export function refusal(answer: HttpAnswer): unknown {
  const headers = Object.fromEntries(Object.keys(tokenEndpointHeaders).map((name) => [name, answer.headers[name]]))
  const { 'www-authenticate': challenge, 'retry-after': retryAfter, allow } = answer.headers
  return {
    status: answer.status,
    headers: {
      ...headers,
      ...(challenge !== undefined && { challenge }),
      ...(retryAfter !== undefined && { retryAfter }),
      ...(allow !== undefined && { allow }),
    },
    body: answer.json(),
  }
}

const descriptions = {
  invalid_request: 'The request is malformed or its token was refused.',
  invalid_client: 'Client authentication failed.',
  unauthorized_client: 'This client may not do that.',
  unsupported_grant_type: 'This grant type is not supported.',
  invalid_target: 'A requested audience or resource is not available to this client.',
  invalid_scope: 'The requested scope is malformed, unknown or was not granted.',
  temporarily_unavailable: 'The request cannot be decided at the moment. Try again.',
} as const

/** What `refusal` gives for an error of RFC 6749 and its kin. */
export function refusedAs(error: keyof typeof descriptions): unknown {
  const status = error === 'invalid_client' ? 401 : error === 'temporarily_unavailable' ? 503 : 400
  return {
    status,
    headers: {
      ...tokenEndpointHeaders,
      ...(status === 401 && { challenge: 'Basic realm="oauth2", charset="UTF-8"' }),
      ...(status === 503 && { retryAfter: '5' }),
    },
    body: { error, error_description: descriptions[error] },
  }
}
