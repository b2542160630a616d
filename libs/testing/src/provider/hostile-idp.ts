import { aSubjectToken, keyA, type SubjectTokenOptions } from '../tokens/subject-token.js'
import { type TestKey } from '../keys/test-key.js'
import { type Answer, answersWith, type ReceivedRequest } from './answers.js'
import { ScriptedServer, type ScriptedServerOptions } from './scripted-server.js'
import { tlsOf, type TlsChoice } from './tls-choice.js'

export interface HostileIdpOptions {
  /** Default: the key of `aSubjectToken()`. */
  readonly keys?: readonly TestKey[]
  /** A path below the origin that is part of the issuer, such as `/oauth2/default`. Default none. */
  readonly issuerPath?: string
  /** An issuer that is not where the provider lives. Default: origin and `issuerPath`. */
  readonly issuer?: string
  /** `true` for https by the authority of `testCa()`, or a flaw. Default: http. */
  readonly tls?: true | TlsChoice
  readonly port?: number
  /** The name in its addresses. Default `127.0.0.1`, or `localhost` with TLS. It listens at 127.0.0.1 in any case. */
  readonly hostName?: string
  /** `Cache-Control` of the key set. Default `max-age=300`. */
  readonly cacheControl?: string
}

/**
 * An OpenID provider on loopback that behaves until a test tells it otherwise: discovery documents at both well-known
 * places (OpenID Connect Discovery §4; RFC 8414 §3.1), `/jwks`, and tokens.
 */
export interface HostileIdp {
  readonly issuer: string
  readonly port: number
  /** `http://127.0.0.1:<port>`. */
  readonly origin: string
  readonly paths: { readonly openid: string; readonly oauth: string; readonly jwks: string }
  /** Addresses of the same. */
  readonly wellKnownUrl: string
  readonly oauthMetadataUrl: string
  readonly jwksUri: string
  /** The discovery document that it gives when it behaves; a fresh object each time, for tests to alter. */
  metadata(): Record<string, unknown>
  /** The key set likewise. */
  jwks(): { keys: Record<string, unknown>[] }
  /** Keys it publishes; the last one signs. */
  readonly keys: readonly TestKey[]
  /** Publishes these and no others from now on. */
  setKeys(...keys: readonly TestKey[]): void
  /** Signs with this key from now on, and publishes it beside the older ones, or instead of them. */
  rotateTo(key: TestKey, older?: 'kept' | 'withdrawn'): void
  /** A token of this issuer, by default signed with the newest key. */
  signToken(claims?: Readonly<Record<string, unknown>>, options?: Omit<SubjectTokenOptions, 'claims'>): string
  readonly requests: readonly ReceivedRequest[]
  readonly connectionCount: number
  requestsTo(path: string): readonly ReceivedRequest[]
  /** What a path answers until `behave()`. */
  answer(path: string, answer: Answer): void
  /** What the next request to a path gets; several calls queue up. */
  answerOnce(path: string, answer: Answer): void
  behave(): void
  forget(): void
  stop(): Promise<void>
}

export async function hostileIdp(options: HostileIdpOptions = {}): Promise<HostileIdp> {
  const { issuerPath = '', cacheControl = 'max-age=300', tls } = options
  const server = await ScriptedServer.start(await serverOptions(options))
  const { port } = server
  const origin = `${tls === undefined ? 'http' : 'https'}://${options.hostName ?? (tls === undefined ? '127.0.0.1' : 'localhost')}:${port}`
  const issuer = options.issuer ?? origin + issuerPath
  const paths = {
    openid: `${issuerPath}/.well-known/openid-configuration`,
    oauth: `/.well-known/oauth-authorization-server${issuerPath}`,
    jwks: `${issuerPath}/jwks`,
  }
  let keys: readonly TestKey[] = options.keys ?? [keyA()]
  const metadata = () => metadataOf({ issuer, base: origin + issuerPath, keys })
  const jwks = () => ({ keys: keys.map((key) => ({ ...key.publicJwk })) })
  const newest = () => {
    const key = keys.at(-1)
    if (key === undefined) throw new TypeError('this provider has no keys')
    return key
  }
  server.usually(paths.openid, (request, response) => answersWith(metadata())(request, response))
  server.usually(paths.oauth, (request, response) => answersWith(metadata())(request, response))
  server.usually(paths.jwks, (request, response) => answersWith(jwks(), 200, { 'cache-control': cacheControl })(request, response))
  return {
    issuer,
    port,
    origin,
    paths,
    wellKnownUrl: origin + paths.openid,
    oauthMetadataUrl: origin + paths.oauth,
    jwksUri: origin + paths.jwks,
    metadata,
    jwks,
    get keys() {
      return keys
    },
    setKeys: (...next) => {
      keys = next
    },
    rotateTo: (key, older = 'kept') => {
      keys = older === 'kept' ? [...keys, key] : [key]
    },
    signToken: (claims = {}, more = {}) => aSubjectToken({ issuer, key: newest(), ...more, claims }),
    ...scriptOf(server),
    get requests() {
      return server.requests
    },
    get connectionCount() {
      return server.connectionCount
    },
  }
}

async function serverOptions({ port, tls }: HostileIdpOptions): Promise<ScriptedServerOptions> {
  return { ...(port === undefined ? {} : { port }), ...(tls === undefined ? {} : { tls: await tlsOf(tls === true ? {} : tls) }) }
}

function scriptOf(server: ScriptedServer) {
  return {
    requestsTo: (path: string) => server.requestsTo(path),
    answer: (path: string, answer: Answer) => {
      server.answer(path, answer)
    },
    answerOnce: (path: string, answer: Answer) => {
      server.answerOnce(path, answer)
    },
    behave: () => {
      server.behave()
    },
    forget: () => {
      server.forget()
    },
    stop: () => server.stop(),
  }
}

function metadataOf({ issuer, base, keys }: { issuer: string; base: string; keys: readonly TestKey[] }): Record<string, unknown> {
  return {
    issuer,
    authorization_endpoint: `${base}/authorize`,
    token_endpoint: `${base}/token`,
    jwks_uri: `${base}/jwks`,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    grant_types_supported: ['authorization_code', 'client_credentials'],
    id_token_signing_alg_values_supported: [...new Set(['RS256', ...keys.map((key) => key.alg)])],
    scopes_supported: ['openid'],
  }
}
