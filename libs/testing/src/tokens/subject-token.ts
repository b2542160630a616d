import { randomUUID } from 'node:crypto'

import { FIXED_NOW_SECONDS } from '../clock/fixed-clock.js'
import { jwsSignature } from '../keys/jws-signature.js'
import { testKey, type TestKey } from '../keys/test-key.js'
import { rawJwt } from './raw-jwt.js'

/** The issuer of `anIdp()`: identity provider A of the catalogue of cases. */
export const ISSUER_A = 'https://idp-a.test'

/** Identity provider B of the catalogue. */
export const ISSUER_B = 'https://idp-b.test'

/** The audience that `anIdp()` allows. */
export const TEST_AUDIENCE = 'cambio-test'

export interface SubjectTokenOptions {
  /** Default `ISSUER_A`. */
  readonly issuer?: string
  /** Default: the RS256 key `a1`, the one of `aKeySet()`. */
  readonly key?: TestKey
  /** Laid over the defaults; a member that is `undefined` is left out. */
  readonly claims?: Readonly<Record<string, unknown>>
  /** Laid over `alg`, `kid` and `typ: 'JWT'` likewise. */
  readonly header?: Readonly<Record<string, unknown>>
  /** When it was issued. Default `FIXED_NOW_SECONDS`. */
  readonly nowSeconds?: number
  /** Default 300. */
  readonly lifetimeSeconds?: number
}

/** The key that signs subject tokens by default. */
export function keyA(): TestKey {
  return testKey('RS256', { name: 'a1' })
}

/** The key of identity provider B. */
export function keyB(): TestKey {
  return testKey('ES256', { name: 'b1' })
}

/** A token that `anIdp()` with `aKeySet()` accepts at `FIXED_NOW`, with whatever the test wants to be different. */
export function aSubjectToken(options: SubjectTokenOptions = {}): string {
  const { issuer = ISSUER_A, key = keyA(), nowSeconds = FIXED_NOW_SECONDS, lifetimeSeconds = 300 } = options
  const payload = {
    iss: issuer,
    sub: 'alice',
    aud: TEST_AUDIENCE,
    iat: nowSeconds,
    exp: nowSeconds + lifetimeSeconds,
    jti: randomUUID(),
    ...options.claims,
  }
  const header = { alg: key.alg, kid: key.kid, typ: 'JWT', ...options.header }
  return rawJwt({ header, payload, sign: (input) => jwsSignature(key.alg, key.privateKey, input) })
}
