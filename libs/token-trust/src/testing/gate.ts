import { type SubjectTokenType } from '@cambio/oauth'

import { type KeyFreshness, type KeySetView } from '../key-freshness.js'
import { acceptKeySet } from '../key-set.js'
import { type TokenRejection } from '../token-rejection.js'
import { type IssuerPolicy, trustIssuer } from '../trusted-issuer.js'
import { readUnverifiedJwt } from '../unverified-jwt.js'
import { type VerifiedToken, verifyToken } from '../verify-token.js'
import { aSigningKey, signBytes, type SigningKey } from './signing-keys.js'

/** The fixed time of all specs; seconds. */
export const now = 1_800_000_000

export const issuerA = 'https://idp-a.test'
export const audienceA = 'api://cambio'

/** RS256 key of IdP A, as in the catalogue of cases. */
export const keyA = aSigningKey('a1', 'RS256')

type Claims = Readonly<Record<string, unknown>>

/** Claims of a good token of IdP A; a value of `undefined` leaves a claim out. */
export const someClaims = (changes: Claims = {}): Claims => ({
  iss: issuerA,
  sub: 'user-1',
  aud: audienceA,
  iat: now - 10,
  exp: now + 600,
  ...changes,
})

/** What a token is made of; texts and bytes are used as they are. */
export interface TokenParts {
  readonly header?: Claims
  readonly rawHeader?: string | Uint8Array
  readonly claims?: Claims
  readonly rawPayload?: string | Uint8Array
  readonly key?: SigningKey
}

const segment = (content: string | Uint8Array): string => Buffer.from(content).toString('base64url')

/** A token signed by a real key over exactly the given parts. */
export function aToken({ header = {}, rawHeader, claims = {}, rawPayload, key = keyA }: TokenParts = {}): string {
  const input = [
    segment(rawHeader ?? JSON.stringify({ alg: key.alg, kid: key.kid, ...header })),
    segment(rawPayload ?? JSON.stringify(someClaims(claims))),
  ].join('.')
  return `${input}.${segment(signBytes(key.alg, key.privateKey, input))}`
}

/** Keys as a replica has them. */
export const keysOf = (jwks: readonly unknown[], freshness: KeyFreshness = 'fresh'): KeySetView => ({
  keys: acceptKeySet({ keys: jwks }).keys,
  freshness,
})

/** What a spec may change of a decision. */
export interface GateOptions {
  readonly policy?: Partial<IssuerPolicy>
  readonly keys?: KeySetView
  readonly declaredType?: SubjectTokenType
  readonly nowSeconds?: number
}

/** The registration of IdP A. */
export const aPolicy = (changes: Partial<IssuerPolicy> = {}): IssuerPolicy => ({
  issuer: issuerA,
  allowedAudiences: [audienceA],
  allowedAlgorithms: ['RS256'],
  acceptedTokenTypes: ['jwt', 'access_token', 'id_token'],
  ...changes,
})

const keysOfA = keysOf([keyA.jwk])

/** Runs the whole gate, from text to verdict. */
export async function gate(token: string, { policy, keys = keysOfA, declaredType = 'jwt', nowSeconds = now }: GateOptions = {}) {
  const read = readUnverifiedJwt(token)
  if (!read.ok) return read
  return verifyToken({ token: read.jwt, issuer: trustIssuer(aPolicy(policy)), keys, declaredType, nowSeconds })
}

/** The verified token; fails the test with the reason otherwise. */
export async function accepted(token: string, options?: GateOptions): Promise<VerifiedToken> {
  const outcome = await gate(token, options)
  if (!outcome.ok) throw new Error(`not accepted: ${JSON.stringify(outcome)}`)
  return outcome.token
}

/** The rejection, its private detail left out; fails the test if there is none. */
export async function rejectionOf(token: string, options?: GateOptions): Promise<TokenRejection['reason']> {
  const outcome = await gate(token, options)
  if (outcome.ok || outcome.rejection === undefined) throw new Error(`not rejected: ${JSON.stringify(outcome)}`)
  return outcome.rejection.reason
}
