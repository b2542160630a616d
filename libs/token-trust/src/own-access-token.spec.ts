import { bitFlipped, FIXED_NOW_SECONDS, hmacBy, rawJwt, signedBy, testKey, thumbprint } from '@cambio/testing'
import { describe, expect, it } from 'vitest'

import { acceptJwk } from './verification-key.js'
import { VerificationKeys } from './key-set.js'
import { OwnTokenPolicy, verifyOwnAccessToken } from './own-access-token.js'

const key = testKey('ES256', { name: 'signing' })
const other = testKey('ES256', { name: 'other' })
const policy = new OwnTokenPolicy('https://tokens.example.com', 'urn:cambio:admin')

function keysOf(...list: (typeof key)[]): VerificationKeys {
  const accepted = list.map((one) => acceptJwk({ ...one.publicJwk, kid: thumbprint(one) }))
  return new VerificationKeys(accepted.flatMap((one) => (one.ok ? [one.key] : [])))
}

function aToken(claims: object = {}, header: object = {}, sign = signedBy(key)): string {
  return rawJwt({
    header: { alg: 'ES256', typ: 'at+jwt', kid: thumbprint(key), ...header },
    payload: {
      iss: 'https://tokens.example.com',
      sub: 'client/cambio-admin',
      aud: ['urn:cambio:admin'],
      client_id: 'cambio-admin',
      scope: 'orgs:read idps:write',
      iat: FIXED_NOW_SECONDS,
      exp: FIXED_NOW_SECONDS + 300,
      ...claims,
    },
    sign,
  })
}

const verify = (token: string, keys: VerificationKeys | undefined = keysOf(key), nowSeconds = FIXED_NOW_SECONDS) =>
  verifyOwnAccessToken(token, policy, keys, nowSeconds)

describe('an access token of our own (RFC 9068 §4)', () => {
  it('gives client, scopes and subject', async () => {
    const verified = await verify(aToken(), keysOf(other, key))
    expect(verified).toMatchObject({
      ok: true,
      token: { clientId: 'cambio-admin', subject: 'client/cambio-admin', keyId: thumbprint(key) },
    })
    expect(verified.ok && [...verified.token.scopes]).toEqual(['orgs:read', 'idps:write'])
  })

  it('may come without scope', async () => {
    const verified = await verify(aToken({ scope: undefined }))
    expect(verified.ok && verified.token.scopes.size).toBe(0)
  })

  it.each<[string, string, string]>([
    ['for somebody else', aToken({ aud: ['urn:t1:orders'] }), 'audience_not_allowed'],
    ['for us and somebody else', aToken({ aud: ['urn:cambio:admin', 'urn:t1:orders'] }), 'audience_not_allowed'],
    ['for us twice', aToken({ aud: ['urn:cambio:admin', 'urn:cambio:admin'] }), 'audience_not_allowed'],
    ['whose aud is a text', aToken({ aud: 'urn:cambio:admin' }), 'audience_not_allowed'],
    ['of another issuer', aToken({ iss: 'https://tokens.example.com/' }), 'issuer_mismatch'],
    ['that expired', aToken({ iat: FIXED_NOW_SECONDS - 400, exp: FIXED_NOW_SECONDS - 31 }), 'expired'],
    ['that lives longer than we let any', aToken({ exp: FIXED_NOW_SECONDS + 90_000 }), 'lifetime_too_long'],
    ['without iat', aToken({ iat: undefined }), 'issued_at_missing'],
    ['that is an ID token', aToken({}, { typ: 'JWT' }), 'wrong_kind'],
    ['without typ', aToken({}, { typ: undefined }), 'wrong_kind'],
    ['without kid, though there is one key only', aToken({}, { kid: undefined }), 'key.kid_required'],
    ['under a key that we did not publish', aToken({}, { kid: thumbprint(other) }, signedBy(other)), 'key.unknown_kid'],
    ['signed by another key under our kid', aToken({}, {}, signedBy(other)), 'signature_invalid'],
    ['with changed claims', bitFlipped(aToken(), 1, 9), 'bad_json'],
    ['of alg none', aToken({}, { alg: 'none' }, () => ''), 'bad_segments'],
    ['of HS256 under the public key', aToken({}, { alg: 'HS256' }, hmacBy(JSON.stringify(key.publicJwk))), 'algorithm_not_allowed'],
    ['that brings its own key', aToken({}, { jwk: other.publicJwk }, signedBy(other)), 'header_not_allowed'],
    ['without client id', aToken({ client_id: undefined }), 'required_claim_not_met'],
    ['whose client id is no text', aToken({ client_id: ['cambio-admin'] }), 'required_claim_not_met'],
    ['whose scope is a list', aToken({ scope: ['orgs:read'] }), 'required_claim_not_met'],
    ['that is no JWT', 'opaque', 'bad_segments'],
  ])('is refused %s', async (_case, token, reason) => {
    expect(await verify(token)).toMatchObject({ ok: false, rejection: { reason } })
  })

  it('is not decided while no key is known', async () => {
    expect(await verifyOwnAccessToken(aToken(), policy, undefined, FIXED_NOW_SECONDS)).toEqual({
      ok: false,
      undecided: { reason: 'key.set_unavailable' },
    })
  })
})
