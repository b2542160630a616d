import { oauthErrorAnswer } from '@cambio/oauth'
import { describe, expect, it } from 'vitest'

import { keyFreshness } from './key-freshness.js'
import { tokenRejections, undecidedReasons } from './rejection-reasons.js'
import { notDecided, reasonOf, rejected, tokenFailure } from './token-rejection.js'

describe('reasons about tokens', () => {
  it.each(Object.entries({ ...tokenRejections, ...undecidedReasons }))(
    '%s is documented by one cause and one remedy',
    (name, { cause, remedy }) => {
      expect(name).toMatch(/^(key\.)?[a-z_0-9]+$/)
      expect(cause).toMatch(/^[A-Z].*\.$/)
      expect(remedy).toMatch(/^[A-Z].*[.;].*$|^[A-Z].*\.$/)
    },
  )

  it('are named by the role of the token, those about keys by themselves', () => {
    expect(reasonOf('subject_token', 'expired')).toBe('subject_token.expired')
    expect(reasonOf('actor_token', 'signature_invalid')).toBe('actor_token.signature_invalid')
    expect(reasonOf('subject_token', 'key.unknown_kid')).toBe('key.unknown_kid')
  })

  it('of the two tables never share a name', () => {
    for (const name of Object.keys(undecidedReasons)) expect(Object.keys(tokenRejections)).not.toContain(name)
  })
})

describe('tokenFailure', () => {
  it('calls a rejection invalid_request, with the precise reason kept private (RFC 8693 §2.2.2)', () => {
    const failure = tokenFailure('subject_token', rejected('expired', '31 s ago'))
    expect(failure).toEqual({ error: 'invalid_request', reason: 'subject_token.expired', detail: '31 s ago' })
    expect(oauthErrorAnswer(failure)).toEqual({
      status: 400,
      headers: { 'cache-control': 'no-store', 'content-type': 'application/json' },
      body: { error: 'invalid_request', error_description: 'The request is malformed or its token was refused.' },
    })
  })

  it('calls it what the grant calls it', () => {
    expect(tokenFailure('assertion', rejected('expired'), 'invalid_grant')).toEqual({ error: 'invalid_grant', reason: 'assertion.expired' })
  })

  it('answers 503 where keys are wanting, in every grant (JW-02)', () => {
    const failure = tokenFailure('assertion', notDecided('key.set_unavailable'), 'invalid_grant')
    expect(failure).toEqual({ error: 'temporarily_unavailable', reason: 'key.set_unavailable' })
    expect(oauthErrorAnswer(failure)).toMatchObject({ status: 503, headers: { 'retry-after': '5' } })
  })
})

describe('keyFreshness', () => {
  const at = (ageSeconds: number, maxStaleSeconds = 86_400) =>
    keyFreshness({ verifiedAtSeconds: 1000, nowSeconds: 1000 + ageSeconds, freshForSeconds: 300, maxStaleSeconds })

  it('is fresh within the time to live, then stale, then expired (JW-04)', () => {
    expect([at(0), at(300), at(301), at(86_700), at(86_701)]).toEqual(['fresh', 'fresh', 'stale', 'stale', 'expired'])
  })

  it('fails closed at once where the registration says so', () => {
    expect([at(300, 0), at(301, 0)]).toEqual(['fresh', 'expired'])
  })

  it('bears a clock that was set back (JW-23)', () => {
    expect(at(-3600)).toBe('fresh')
  })

  it('is expired when the age is unknown', () => {
    expect(at(Number.NaN)).toBe('expired')
  })
})
