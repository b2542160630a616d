import { type RunningStack } from '@cambio/local-stack'
import { aSubjectToken, testKey } from '@cambio/testing'

import { type LoadRequest } from '../load.js'

const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
const JWT = 'urn:ietf:params:oauth:token-type:jwt'

export const BENCH_ISSUER = 'https://idp.bench.example'
export const BENCH_AUDIENCE = 'https://api.bench.example'

/** Different tokens, so that nothing can be answered from the memory of the one before. */
const SUBJECTS = 100

/** The key of the provider: its tokens are made before the run, as a user brings them along. */
export const providerKey = testKey('RS256', { kid: 'bench-1', modulusLength: 2048 })

/** The client that exchanges tokens, and who may change it. */
export interface PreparedClient {
  /** The requests of the load. */
  readonly requests: readonly LoadRequest[]
  /** The resource of the client's keys. */
  readonly keysUrl: string
  /** The bearer token of the administrator. */
  readonly adminToken: string
}

/** Registers what an exchange needs by the administrators' API. @param tokenSeconds for how long the subject tokens are good; default 300 */
export async function prepareExchange(stack: RunningStack, tokenSeconds = 300): Promise<PreparedClient> {
  const admin = await adminToken(stack)
  const applications = stack.urls.applications
  const call = (url: string, body: unknown): Promise<Record<string, unknown>> => post(url, admin, body)
  await call(`${applications}/v1/orgs`, { handle: 'bench', name: 'Bench' })
  await call(`${applications}/v1/orgs/bench/apis`, {
    name: 'Orders',
    handle: 'orders',
    context: 'orders',
    version: 'v1',
    endpoints: { production: 'https://orders.bench.example' },
    scopes: [{ name: 'read' }, { name: 'write' }],
    resources: [{ method: 'GET', path: '/orders', scopes: ['read'] }],
  })
  await call(`${applications}/v1/orgs/bench/apis/orders/publish`, undefined)
  await call(`${stack.urls['idp-registry']}/v1/orgs/bench/identity-providers`, {
    name: 'bench-provider',
    type: 'generic',
    issuer: BENCH_ISSUER,
    tokenEndpoint: `${BENCH_ISSUER}/token`,
    jwks: { keys: [providerKey.publicJwk] },
    allowedAudiences: [BENCH_AUDIENCE],
    scopeMappings: [{ from: 'any', scopes: ['urn:bench:orders:read', 'urn:bench:orders:write'] }],
  })
  const { id } = await call(`${applications}/v1/orgs/bench/applications`, { name: 'bench' })
  const keys = await call(`${applications}/v1/orgs/bench/applications/${String(id)}/keys/production`, { grantTypes: [TOKEN_EXCHANGE] })
  await call(`${applications}/v1/orgs/bench/applications/${String(id)}/subscriptions`, { api: 'orders' })
  const basic = Buffer.from(`${String(keys['clientId'])}:${String(keys['clientSecret'])}`).toString('base64')
  const requests = exchangeRequests(basic, tokenSeconds)
  await untilItWorks(stack.urls['token-service'], requests[0])
  return { requests, keysUrl: `${applications}/v1/orgs/bench/applications/${String(id)}/keys/production`, adminToken: admin }
}

function exchangeRequests(basic: string, lifetimeSeconds: number): LoadRequest[] {
  return Array.from({ length: SUBJECTS }, (_, index) => {
    const nowSeconds = Math.floor(Date.now() / 1000)
    const subjectToken = aSubjectToken({
      issuer: BENCH_ISSUER,
      key: providerKey,
      nowSeconds,
      lifetimeSeconds,
      claims: { sub: `user-${index}`, aud: BENCH_AUDIENCE, email: `user-${index}@bench.example`, name: `User ${index}` },
      header: { typ: 'at+jwt' },
    })
    const form = new URLSearchParams({
      grant_type: TOKEN_EXCHANGE,
      subject_token: subjectToken,
      subject_token_type: JWT,
      scope: 'read write',
    })
    return {
      path: '/oauth2/token',
      headers: { 'content-type': 'application/x-www-form-urlencoded', authorization: `Basic ${basic}` },
      body: form.toString(),
    }
  })
}

async function adminToken(stack: RunningStack): Promise<string> {
  const { clientId, clientSecret } = stack.admin
  const response = await fetch(`${stack.urls['token-service']}/oauth2/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${clientId}:${encodeURIComponent(clientSecret)}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  })
  const body = (await response.json()) as { access_token?: string }
  if (body.access_token === undefined) throw new Error(`no admin token: status ${response.status}`)
  return body.access_token
}

async function post(url: string, token: string, body: unknown): Promise<Record<string, unknown>> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const answer = (await response.json()) as Record<string, unknown>
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${JSON.stringify(answer)}`)
  return answer
}

/** The registrations reach the token service a moment after the registries have answered. */
async function untilItWorks(baseUrl: string, request: LoadRequest | undefined): Promise<void> {
  if (request === undefined) throw new Error('there is nothing to send')
  const deadline = Date.now() + 5_000
  for (;;) {
    const response = await fetch(baseUrl + request.path, { method: 'POST', headers: { ...request.headers }, body: request.body })
    if (response.ok) return
    if (Date.now() > deadline) throw new Error(`the exchange does not work: ${response.status} ${await response.text()}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
