import { type SubjectTokenType } from '@cambio/oauth'
import {
  aSubjectToken,
  ISSUER_A,
  keyA,
  rawJwt,
  type SegmentContent,
  signedBy,
  type SubjectTokenOptions,
  TEST_AUDIENCE,
} from '@cambio/testing'

/** A subject token that an exchange refuses with 400 `invalid_request`. */
export interface SubjectTokenCase {
  /** Of the catalogue of cases: `ST-01`. */
  readonly id: string
  readonly name: string
  /** The precise reason that the audit record gets. */
  readonly reason: string
  /** @param nowSeconds when it is presented */
  readonly token: (nowSeconds: number) => string
  /** What the request calls it. Default `jwt`. */
  readonly type?: SubjectTokenType
}

type Token = SubjectTokenCase['token']

/** A token that is good but for what the options change. */
export const token =
  (options: Omit<SubjectTokenOptions, 'nowSeconds'>): Token =>
  (nowSeconds) =>
    aSubjectToken({ ...options, nowSeconds })

/** A good token with one claim different; a function gets the time. */
export const claims =
  (changes: (nowSeconds: number) => Readonly<Record<string, unknown>>): Token =>
  (nowSeconds) =>
    aSubjectToken({ nowSeconds, claims: changes(nowSeconds) })

/** The claims of a good token of identity provider A. */
export const goodClaims = (nowSeconds: number): Readonly<Record<string, unknown>> => ({
  iss: ISSUER_A,
  sub: 'alice',
  aud: TEST_AUDIENCE,
  iat: nowSeconds,
  exp: nowSeconds + 300,
})

/** The header of a good token of identity provider A. */
export const goodHeader = { alg: 'RS256', kid: keyA().kid, typ: 'JWT' } as const

/** A correctly signed token whose header or payload is exactly the given bytes. */
export const signed =
  (header: SegmentContent, payload: (nowSeconds: number) => SegmentContent): Token =>
  (nowSeconds) =>
    rawJwt({ header, payload: payload(nowSeconds), sign: signedBy(keyA()) })
