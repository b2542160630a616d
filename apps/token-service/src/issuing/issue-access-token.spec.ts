import { type SigningKeyValue } from '@cambio/contracts'
import { feedEntry, FIXED_NOW_MS, FIXED_NOW_SECONDS, IDS, ISSUER_A } from '@cambio/testing'
import { decodeJwt, decodeProtectedHeader, importJWK, jwtVerify } from 'jose'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'

import { makeSigningKey, type SigningAlgorithm } from '../signing-keys/signing-key.js'
import { SigningKeysProjection } from '../signing-keys/signing-keys.projection.js'
import { KEY_ENCRYPTION_KEY, OWN_ISSUER } from '../testing/exchange-world.js'
import { type AccessTokenContent, clientSubject, exchangedSubject } from './access-token.js'
import { AccessTokenIssuer, MAX_ACCESS_TOKEN_BYTES } from './issue-access-token.js'

const ORG = { id: IDS.organization, handle: 't1' }

/** What an exchange gives at its fullest. */
const EXCHANGED: AccessTokenContent = {
  sub: exchangedSubject(IDS.identityProvider, 'alice'),
  audience: ['urn:t1:orders'],
  clientId: 'app1',
  scope: 'read write',
  lifetimeSeconds: 900,
  org: ORG,
  app: { id: IDS.application },
  env: 'production',
  idp: { id: IDS.identityProvider, name: 'idp-a', iss: ISSUER_A, sub: 'alice', kid: 'a1' },
  act: { sub: exchangedSubject(IDS.identityProvider, 'service-1') },
  ext: { department: 'sales' },
}

let keys: SigningKeysProjection
let issuer: AccessTokenIssuer
beforeEach(() => {
  keys = new SigningKeysProjection(KEY_ENCRYPTION_KEY, () => undefined)
  issuer = new AccessTokenIssuer(OWN_ISSUER, keys)
})
const use = (key: SigningKeyValue): void => {
  keys.apply(feedEntry('signing-keys', key))
}
async function issued(content: AccessTokenContent, nowMs = FIXED_NOW_MS): Promise<string> {
  const issuance = await issuer.issue(content, nowMs)
  if (!issuance.ok) throw new Error(issuance.failure.reason)
  return issuance.token
}

describe.each(['ES256', 'EdDSA', 'RS256'] as SigningAlgorithm[])('an access token signed by %s', (alg) => {
  it('verifies under the published key, and its header has alg, typ and kid only (IS-05)', async () => {
    const key = await makeSigningKey(alg, KEY_ENCRYPTION_KEY, new Date(FIXED_NOW_MS))
    use(key)
    const token = await issued(EXCHANGED)
    expect(decodeProtectedHeader(token)).toEqual({ alg, typ: 'at+jwt', kid: key.kid })
    const { payload } = await jwtVerify(token, await importJWK(key.publicJwk, alg), {
      issuer: OWN_ISSUER,
      audience: 'urn:t1:orders',
      typ: 'at+jwt',
      currentDate: new Date(FIXED_NOW_MS),
    })
    expect(payload.sub).toBe(`idp/${IDS.identityProvider}/alice`)
  })
})

describe('the claims of an access token', () => {
  let key: SigningKeyValue
  beforeAll(async () => {
    key = await makeSigningKey('ES256', KEY_ENCRYPTION_KEY, new Date(FIXED_NOW_MS))
  })
  beforeEach(() => {
    use(key)
  })

  it('are those of RFC 9068 and ours, and nothing else (IS-04)', async () => {
    const token = await issued(EXCHANGED)
    expect(decodeJwt(token)).toEqual({
      iss: OWN_ISSUER,
      sub: `idp/${IDS.identityProvider}/alice`,
      aud: ['urn:t1:orders'],
      client_id: 'app1',
      azp: 'app1',
      scope: 'read write',
      iat: FIXED_NOW_SECONDS,
      nbf: FIXED_NOW_SECONDS,
      exp: FIXED_NOW_SECONDS + 900,
      jti: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
      org: ORG,
      app: { id: IDS.application },
      env: 'production',
      idp: { id: IDS.identityProvider, name: 'idp-a', iss: ISSUER_A, sub: 'alice', kid: 'a1' },
      act: { sub: `idp/${IDS.identityProvider}/service-1` },
      ext: { department: 'sales' },
    })
  })

  it('leave out what there is nothing to say of', async () => {
    const token = await issued({ sub: clientSubject('admin-1'), audience: ['urn:cambio:admin'], clientId: 'admin-1', lifetimeSeconds: 60 })
    expect(Object.keys(decodeJwt(token))).toEqual(['iss', 'sub', 'aud', 'client_id', 'azp', 'iat', 'nbf', 'exp', 'jti'])
  })

  it('count whole seconds, and never from a moment that has not come', async () => {
    const { iat, nbf, exp } = decodeJwt(await issued(EXCHANGED, FIXED_NOW_MS + 999))
    expect([iat, nbf, exp]).toEqual([FIXED_NOW_SECONDS, FIXED_NOW_SECONDS, FIXED_NOW_SECONDS + 900])
  })

  it('have an id of their own in each token', async () => {
    const tokens = await Promise.all(Array.from({ length: 100 }, async () => issued(EXCHANGED)))
    expect(new Set(tokens.map((token) => decodeJwt(token).jti)).size).toBe(100)
  })

  it('give the id and key that the answer names', async () => {
    const issuance = await issuer.issue(EXCHANGED, FIXED_NOW_MS)
    if (!issuance.ok) throw new Error(issuance.failure.reason)
    expect([issuance.jti, issuance.kid]).toEqual([decodeJwt(issuance.token).jti, key.kid])
  })

  it('stay under 4 KiB: a token that would be larger is refused (IS-23)', async () => {
    const sizes: number[] = []
    const refusals: unknown[] = []
    for (let length = 2_300; length < 2_500; length += 1) {
      const issuance = await issuer.issue({ ...EXCHANGED, ext: { note: 'x'.repeat(length) } }, FIXED_NOW_MS)
      if (issuance.ok) sizes.push(issuance.token.length)
      else refusals.push(issuance.failure)
    }
    expect(Math.max(...sizes)).toBeLessThan(MAX_ACCESS_TOKEN_BYTES)
    expect(Math.max(...sizes)).toBeGreaterThanOrEqual(MAX_ACCESS_TOKEN_BYTES - 2)
    expect(refusals.length).toBeGreaterThan(0)
    expect(refusals[0]).toEqual({ error: 'invalid_request', reason: 'token.too_large' })
  })
})

describe('without a key that may sign now', () => {
  it('nothing is issued, and the client is told to try again', async () => {
    expect(await issuer.issue(EXCHANGED, FIXED_NOW_MS)).toEqual({
      ok: false,
      failure: { error: 'temporarily_unavailable', reason: 'service.no_signing_key' },
    })
  })
})

describe('subjects', () => {
  it('of two identity providers never collide, nor with a client’s, whatever characters they have (ST-49, PO-14)', () => {
    const subjects = [
      exchangedSubject('idp_a', 'x'),
      exchangedSubject('idp_b', 'x'),
      exchangedSubject('idp_a', 'b/x'),
      exchangedSubject('idp_a/b', 'x'),
      exchangedSubject('idp_a', 'b%2Fx'),
      exchangedSubject('idp_a', '../idp_b/x'),
      clientSubject('x'),
      clientSubject('idp_a/x'),
      exchangedSubject('client', 'x'),
    ]
    expect(new Set(subjects).size).toBe(subjects.length)
    expect(exchangedSubject('idp_a', 'ü:/ @')).toBe('idp/idp_a/%C3%BC%3A%2F%20%40')
  })
})
