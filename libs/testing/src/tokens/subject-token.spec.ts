import { jwtVerify } from 'jose'
import { describe, expect, it } from 'vitest'

import { FIXED_NOW_MS, FIXED_NOW_SECONDS } from '../clock/fixed-clock.js'
import { aSubjectToken, ISSUER_A, ISSUER_B, keyA, keyB, TEST_AUDIENCE } from './subject-token.js'

describe('subject tokens', () => {
  const currentDate = new Date(FIXED_NOW_MS)

  it('are valid at the fixed time for the issuer, key and audience of the builders', async () => {
    const rules = { issuer: ISSUER_A, audience: TEST_AUDIENCE, currentDate, requiredClaims: ['sub', 'jti'] }
    const { payload, protectedHeader } = await jwtVerify(aSubjectToken(), keyA().publicKey, rules)
    expect(payload).toMatchObject({ sub: 'alice', iat: FIXED_NOW_SECONDS, exp: FIXED_NOW_SECONDS + 300 })
    expect(protectedHeader).toEqual({ alg: 'RS256', kid: 'a1', typ: 'JWT' })
  })

  it('differ where the test says so, and lack what it sets to undefined', async () => {
    const token = aSubjectToken({
      issuer: ISSUER_B,
      key: keyB(),
      claims: { sub: 'bob', aud: undefined, scp: ['x'] },
      header: { typ: undefined },
      nowSeconds: FIXED_NOW_SECONDS - 10,
      lifetimeSeconds: 60,
    })
    const { payload, protectedHeader } = await jwtVerify(token, keyB().publicKey, { issuer: ISSUER_B, currentDate })
    const { jti, ...rest } = payload
    expect(jti).toBeTypeOf('string')
    expect(rest).toEqual({ iss: ISSUER_B, sub: 'bob', scp: ['x'], iat: FIXED_NOW_SECONDS - 10, exp: FIXED_NOW_SECONDS + 50 })
    expect(protectedHeader).toEqual({ alg: 'ES256', kid: 'b1' })
  })

  it('have a jti of their own each', () => {
    expect(aSubjectToken()).not.toBe(aSubjectToken())
  })
})
