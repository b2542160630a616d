import { newId } from '@cambio/contracts'
import { type AppliedAnswer } from '@cambio/service-kit'
import { answersWith, eventually, hangsUp, hostileIdp, type HostileIdp, keyA, keyB, TEST_AUDIENCE } from '@cambio/testing'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import { aProblem, RunningRegistry } from '../testing/running-registry.js'

interface Answer {
  readonly id: string
  readonly rev: number
  readonly name: string
}

let registry: RunningRegistry
let idp: HostileIdp
let created: Answer
let count = 0

beforeAll(async () => {
  registry = await RunningRegistry.start()
})
afterAll(() => registry.stop())
beforeEach(async () => {
  idp = await hostileIdp()
  created = await create()
})
afterEach(async () => {
  registry.neighbours.bindings.applications = []
  await idp.stop()
})

async function create(more: Record<string, unknown> = {}): Promise<Answer> {
  const body = { name: `Provider ${(count += 1)}`, wellKnownUrl: idp.wellKnownUrl, allowedAudiences: [TEST_AUDIENCE], ...more }
  const answer = await registry.post(registry.path(), body)
  expect(answer.status).toBe(201)
  return answer.json() as Answer
}

const at = (rest = ''): string => registry.path(`/${created.id}${rest}`)
const current = async (): Promise<unknown> => (await registry.get(at())).json()

interface Health {
  readonly keySet: { readonly keys: readonly { readonly kid: string }[]; readonly attemptedAt: string; readonly lastFailure: string | null }
  readonly applied: AppliedAnswer
}

const health = async (): Promise<Health> => (await registry.get(at('/health'))).json() as Health
const kids = async (): Promise<unknown[]> => (await health()).keySet.keys.map(({ kid }) => kid)

describe('an identity provider', () => {
  it('is found by its id and by its name, whatever its case', async () => {
    const byId = await registry.get(at())
    expect([byId.status, byId.headers.etag, byId.json()]).toEqual([200, '"1"', created])
    expect((await registry.get(registry.path(`/${encodeURIComponent(created.name.toUpperCase())}`))).json()).toEqual(created)
  })

  it.each(['/nobody', `/${newId('identityProvider')}`])('that does not exist is 404: %s', async (rest) => {
    expect((await registry.get(registry.path(rest))).json()).toEqual(aProblem(404, 'not_found'))
  })

  it('is on a page of the list, and found by the beginning of its name', async () => {
    const other = await hostileIdp()
    const second = await create({ name: `Zebra ${count}`, wellKnownUrl: other.wellKnownUrl })
    const walked: Answer[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const page = (await registry.get(registry.path(`?limit=1${cursor === '' ? '' : `&cursor=${cursor}`}`))).json() as {
        items: Answer[]
        nextCursor: string | null
      }
      expect(page.items.length).toBeLessThanOrEqual(1)
      walked.push(...page.items)
      cursor = page.nextCursor
    }
    expect(walked.slice(-2).map(({ id }) => id)).toEqual([created.id, second.id])
    expect((await registry.get(registry.path('?q=zEB'))).json()).toMatchObject({ items: [{ id: second.id }], nextCursor: null })
    expect((await registry.get(registry.path('?q=ebra'))).json()).toEqual({ items: [], nextCursor: null })
    await other.stop()
  })

  it.each([
    ['limit=0', '/limit'],
    ['limit=101', '/limit'],
    ['limit=x', '/limit'],
    ['cursor=nonsense', '/cursor'],
    ['filter=x', '/filter'],
  ])('is not listed by the query %s', async (query, pointer) => {
    const answer = await registry.get(registry.path(`?${query}`))
    expect(answer.json()).toEqual(
      aProblem(422, 'invalid_content', { errors: [{ pointer: `#/query${pointer}`, detail: expect.any(String) as string }] }),
    )
  })
})

describe('a change', () => {
  it('merges what is given and keeps the rest (RFC 7396)', async () => {
    const change = { description: 'New', claims: { roles: 'groups' }, requiredClaims: { org: 'acme' }, maxTokenAgeSeconds: null }
    const answer = await registry.patch(at(), change)
    expect(answer.headers.etag).toBe('"2"')
    expect(answer.json()).toEqual({
      ...created,
      ...change,
      claims: { clientId: ['client_id', 'azp'], scopes: 'scope', roles: 'groups' },
      rev: 2,
      updatedAt: expect.any(String) as string,
    })
    const back = await registry.patch(at(), { description: null, claims: null, requiredClaims: { org: null }, maxTokenAgeSeconds: 3600 })
    expect(back.json()).toEqual({ ...created, rev: 3, updatedAt: expect.any(String) as string })
    expect(idp.requests).toHaveLength(2)
  })

  it('of the name is refused, whatever it says', async () => {
    for (const name of ['other', created.name, null]) {
      expect((await registry.patch(at(), { name, description: 'x' })).json()).toEqual(aProblem(422, 'name_immutable'))
    }
    expect(await current()).toEqual(created)
  })

  it('with a stale If-Match is 412, with the right one it happens (DR-35, AD-16)', async () => {
    await registry.patch(at(), { description: 'first' })
    const before = await current()
    for (const tag of ['"1"', 'W/"2"', '"x"', '"1", "3"']) {
      expect((await registry.patch(at(), { description: 'second' }, { headers: { 'if-match': tag } })).json()).toEqual(
        aProblem(412, 'stale_revision'),
      )
    }
    expect((await registry.patch(at(), {}, { headers: { 'if-match': 'nonsense' } })).json()).toMatchObject({
      status: 400,
      code: 'malformed_header',
    })
    expect(await current()).toEqual(before)
    expect((await registry.patch(at(), { description: 'second' }, { headers: { 'if-match': '"1", "2"' } })).json()).toMatchObject({
      rev: 3,
    })
  })

  it.each([
    [{ tenantId: 'x' }, '/tenantId'],
    [{ enabled: false }, '/enabled'],
    [{ _id: null }, '/_id'],
    [{ clockSkewSeconds: 'x' }, '/clockSkewSeconds'],
    [{ allowedAudiences: null }, '/allowedAudiences'],
    [{ allowedAudiences: [] }, '/allowedAudiences'],
    [{ jwks: { keys: [{ kty: 'RSA' }] } }, '/jwks'],
    [{ claims: { subject: 'x' } }, '/claims/subject'],
  ])('%o is refused and changes nothing (AD-05)', async (change, pointer) => {
    const answer = await registry.patch(at(), change)
    expect(answer.json()).toEqual(aProblem(422, 'invalid_content', { errors: [{ pointer, detail: expect.any(String) as string }] }))
    expect(await current()).toEqual(created)
  })

  it('with a condition is refused', async () => {
    expect((await registry.patch(at(), { condition: 'true' })).json()).toMatchObject({ status: 422, code: 'condition_unsupported' })
    expect(await current()).toEqual(created)
  })

  it('of the issuer is discovered anew and must be what the document says (DR-35)', async () => {
    idp.forget()
    const answer = await registry.patch(at(), { issuer: 'https://other.example' })
    expect(answer.json()).toMatchObject({ status: 422, code: 'issuer_mismatch', findings: [{ code: 'issuer_mismatch' }] })
    expect(idp.requestsTo(idp.paths.openid)).toHaveLength(1)
    expect(await current()).toEqual(created)
    expect(await kids()).toEqual(['a1'])
  })

  it('of the well-known URL fills in the endpoints of the new provider, with its keys (DR-35)', async () => {
    const next = await hostileIdp({ keys: [keyB()] })
    const answer = await registry.patch(at(), { wellKnownUrl: next.wellKnownUrl, allowedAlgorithms: ['ES256'] })
    expect(answer.json()).toMatchObject({
      rev: 2,
      wellKnownUrl: next.wellKnownUrl,
      issuer: next.issuer,
      tokenEndpoint: `${next.origin}/token`,
      jwksUri: next.jwksUri,
    })
    expect(await kids()).toEqual(['b1'])
    await next.stop()
  })

  it('to a provider that cannot be used keeps provider and keys', async () => {
    const next = await hostileIdp()
    next.answer(next.paths.jwks, hangsUp)
    const answer = await registry.patch(at(), { wellKnownUrl: next.wellKnownUrl })
    expect(answer.json()).toMatchObject({ status: 422, code: 'bad_response' })
    expect([await current(), await kids()]).toEqual([created, ['a1']])
    await next.stop()
  })

  it('to the issuer of another provider is 409 and keeps the keys', async () => {
    const next = await hostileIdp({ keys: [keyB()] })
    await create({ wellKnownUrl: next.wellKnownUrl })
    const answer = await registry.patch(at(), { wellKnownUrl: next.wellKnownUrl })
    expect(answer.json()).toEqual(
      aProblem(409, 'issuer_exists', { errors: [{ pointer: '/issuer', detail: `${next.issuer} is registered already` }] }),
    )
    expect([await current(), await kids()]).toEqual([created, ['a1']])
    await next.stop()
  })

  it('to given keys and back leaves no key of the other behind', async () => {
    const given = await registry.patch(at(), { wellKnownUrl: null, jwksUri: null, jwks: { keys: [keyB().publicJwk] } })
    expect(given.json()).toMatchObject({ issuer: idp.issuer, jwks: { keys: [{ kid: 'b1' }] } })
    expect(given.json()).not.toHaveProperty('jwksUri')
    expect(await kids()).toEqual(['b1'])
    expect((await registry.patch(at(), { jwks: null, jwksUri: idp.jwksUri })).status).toBe(200)
    expect(await kids()).toEqual(['a1'])
  })

  it('cannot take away what its issuer or its keys need', async () => {
    const issuer = 'https://gitlab.com'
    const shared = await create({
      wellKnownUrl: undefined,
      issuer,
      jwks: { keys: [keyA().publicJwk] },
      requiredClaims: { namespace_id: '1' },
    })
    const answer = await registry.patch(registry.path(`/${shared.id}`), { requiredClaims: null })
    expect(answer.json()).toMatchObject({ status: 422, code: 'condition_required' })
    idp.answer(idp.paths.openid, answersWith({ ...idp.metadata(), jwks_uri: `http://localhost:${idp.port}/jwks` }))
    await registry.delete(at())
    const confirmed = await create({ confirmHost: 'localhost' })
    expect((await registry.patch(registry.path(`/${confirmed.id}`), { confirmHost: null })).json()).toMatchObject({
      code: 'jwks_host_unconfirmed',
    })
  })

  it('that would not fit into one message of the feed is refused', async () => {
    const scopes = (api: string): string[] => Array.from({ length: 100 }, (_, n) => `urn:t1:${api}:${'x'.repeat(55)}${n}`)
    const scopeMappings = Array.from({ length: 25 }, () => ({ from: 'any', scopes: scopes('a'.repeat(20)) }))
    expect((await registry.patch(at(), { scopeMappings })).status).toBe(200)
    const requiredClaims = Object.fromEntries(
      Array.from({ length: 20 }, (_, n) => [`c${n}`, Array.from({ length: 12 }, () => 'y'.repeat(1000))]),
    )
    expect((await registry.patch(at(), { requiredClaims })).status).toBe(200)
    const before = await current()
    const jwks = { keys: Array.from({ length: 60 }, (_, n) => ({ kty: 'RSA', note: 'z'.repeat(3_000), kid: `${n}` })) }
    const answer = await registry.patch(at(), { wellKnownUrl: null, jwksUri: null, jwks: { keys: [...jwks.keys, keyA().publicJwk] } })
    expect(answer.json()).toEqual(
      aProblem(422, 'invalid_content', { errors: [{ pointer: '', detail: 'makes the identity provider larger than 512 KiB' }] }),
    )
    expect([await current(), await kids()]).toEqual([before, ['a1']])
  })

  it('by many at once is lost by nobody who says which revision', async () => {
    const headers = { 'if-match': '"1"' }
    const answers = await Promise.all(Array.from({ length: 5 }, (_, n) => registry.patch(at(), { description: `${n}` }, { headers })))
    const statuses = answers.map(({ status }) => status)
    expect(statuses.filter((status) => status === 200)).toHaveLength(1)
    expect(statuses.filter((status) => status === 412 || status === 409)).toHaveLength(4)
    expect(await current()).toMatchObject({ rev: 2 })
  })
})

describe('disabling and enabling', () => {
  it('changes what it says, once', async () => {
    expect((await registry.post(at('/disable'))).json()).toMatchObject({ enabled: false, rev: 2 })
    expect((await registry.post(at('/disable'))).json()).toMatchObject({ enabled: false, rev: 2 })
    expect((await registry.post(at('/enable'))).json()).toMatchObject({ enabled: true, rev: 3 })
  })
})

describe('a deletion', () => {
  it('asks for bindings, and frees name and issuer (PO-05)', async () => {
    const replica = await registry.neighbours.follow('key-sets')
    expect((await registry.delete(at())).status).toBe(204)
    expect(registry.neighbours.bindings.asked).toContainEqual({ org: registry.neighbours.organization, identityProvider: created.id })
    expect((await registry.get(at())).status).toBe(404)
    await eventually(() => {
      expect(replica.get(registry.neighbours.organization, created.id)).toMatchObject({ deleted: true })
    })
    idp.rotateTo(keyB(), 'withdrawn')
    const again = await create({ name: created.name })
    expect(again.id).not.toBe(created.id)
    await eventually(() => {
      expect(replica.get(registry.neighbours.organization, again.id)?.value?.keys.map(({ kid }) => kid)).toEqual(['b1'])
    })
  })

  it('of a bound provider is 409 and names the applications', async () => {
    const applications = [{ id: newId('application'), name: 'Shop' }]
    registry.neighbours.bindings.applications = applications
    expect((await registry.delete(at())).json()).toEqual(aProblem(409, 'idp_in_use', { applications }))
    expect(await current()).toEqual(created)
  })

  it('is refused while nobody can say who is bound', async () => {
    await registry.neighbours.stopBindings()
    const answer = await registry.delete(at())
    expect(answer.json()).toEqual(
      aProblem(503, 'unavailable', {
        detail: 'Whether applications are bound to the identity provider cannot be found out at the moment.',
      }),
    )
    expect(answer.headers['retry-after']).toBe('5')
    expect(await current()).toEqual(created)
    await registry.neighbours.serveBindings()
  })

  it('with a stale If-Match is 412', async () => {
    expect((await registry.delete(at(), { headers: { 'if-match': '"9"' } })).json()).toEqual(aProblem(412, 'stale_revision'))
    expect(await current()).toEqual(created)
  })
})

describe('keys', () => {
  it('are told with their age, and not fetched again within 10 s (JW-05)', async () => {
    const answer = await registry.post(at('/keys/refresh'))
    expect(answer.json()).toEqual(aProblem(429, 'too_many_requests'))
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(5)
    expect(await health()).toEqual({
      identityProvider: { id: created.id, name: created.name, rev: 1, enabled: true },
      keySet: {
        source: 'uri',
        keys: [{ kid: 'a1', kty: 'RSA', alg: 'RS256', usable: true }],
        ageSeconds: expect.any(Number) as number,
        verifiedAt: expect.any(String) as string,
        freshForSeconds: 300,
        attemptedAt: expect.any(String) as string,
        lastFailure: null,
        consecutiveFailures: 0,
      },
      applied: { replicas: 0, current: 0, silent: 0 },
    })
  })

  it('are gone after a purge, and given keys come back by a refresh', async () => {
    expect((await registry.post(at('/keys/purge'))).json()).toMatchObject({ keys: [], ageSeconds: null, verifiedAt: null })
    expect(await kids()).toEqual([])
    await registry.patch(at(), { wellKnownUrl: null, jwksUri: null, jwks: { keys: [keyB().publicJwk] } })
    await registry.post(at('/keys/purge'))
    expect((await registry.post(at('/keys/refresh'))).json()).toMatchObject({
      outcome: 'refreshed',
      keySet: { source: 'inline', keys: [{ kid: 'b1' }] },
    })
  })
})
