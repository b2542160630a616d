import { describe, expect, it } from 'vitest'

import { decisionReasons, type DecisionReason } from './decision-reasons.js'
import { oauthErrors, type OAuthErrorName } from './oauth-errors.js'
import { oauthErrorAnswer, oauthErrorBody, oauthFailure } from './oauth-failure.js'

const common = { 'cache-control': 'no-store', 'content-type': 'application/json' }

describe('OAuth error table (RFC 6749 §5.2, RFC 8693 §2.2.2)', () => {
  const expected: Record<OAuthErrorName, [number, string, Record<string, string>]> = {
    invalid_request: [400, 'invalid_request', {}],
    request_too_large: [413, 'invalid_request', {}],
    method_not_allowed: [405, 'invalid_request', { allow: 'POST' }],
    invalid_client: [401, 'invalid_client', { 'www-authenticate': 'Basic realm="oauth2", charset="UTF-8"' }],
    unauthorized_client: [400, 'unauthorized_client', {}],
    unsupported_grant_type: [400, 'unsupported_grant_type', {}],
    invalid_grant: [400, 'invalid_grant', {}],
    invalid_target: [400, 'invalid_target', {}],
    invalid_scope: [400, 'invalid_scope', {}],
    too_many_failures: [429, 'temporarily_unavailable', { 'retry-after': '60' }],
    temporarily_unavailable: [503, 'temporarily_unavailable', { 'retry-after': '5' }],
    server_error: [500, 'server_error', {}],
  }

  it.each(Object.keys(oauthErrors) as OAuthErrorName[])('answers %s with its status, headers and two members (TE-25, TE-26)', (error) => {
    const [status, code, headers] = expected[error]
    expect(oauthErrorAnswer({ error, reason: 'service.unexpected' })).toEqual({
      status,
      headers: { ...common, ...headers },
      body: { error: code, error_description: oauthErrors[error].description },
    })
  })

  it.each(Object.keys(oauthErrors) as OAuthErrorName[])('describes %s in the characters of RFC 6749', (error) => {
    expect(oauthErrors[error].description).toMatch(/^[\x20\x21\x23-\x5b\x5d-\x7e]+$/)
  })

  it('keeps reason and detail from the client (TE-26)', () => {
    const failure = oauthFailure('idp.disabled', { detail: 'idp-a' })
    expect(failure).toEqual({ error: 'invalid_request', reason: 'idp.disabled', detail: 'idp-a' })
    expect(oauthErrorBody(failure)).toEqual({ error: 'invalid_request', error_description: oauthErrors.invalid_request.description })
  })

  it('takes an own description, time to retry and challenge', () => {
    const failure = oauthFailure('service.not_ready', { description: 'Starting.', retryAfterSeconds: 0.2, wwwAuthenticate: 'DPoP' })
    expect(oauthErrorAnswer(failure)).toEqual({
      status: 503,
      headers: { ...common, 'retry-after': '1', 'www-authenticate': 'DPoP' },
      body: { error: 'temporarily_unavailable', error_description: 'Starting.' },
    })
  })

  it.each(['a "quoted" text', 'back\\slash', 'line\nbreak', 'é', '', 'x'.repeat(201)])(
    'falls back on the table for %j (TE-26)',
    (description) => {
      expect(oauthErrorBody(oauthFailure('target.unknown', { description }))).toEqual({
        error: 'invalid_target',
        error_description: oauthErrors.invalid_target.description,
      })
    },
  )
})

describe('decision reasons', () => {
  const reasons = Object.entries(decisionReasons)

  it.each(reasons)('%s is documented by one sentence of cause and one of remedy', (name, { cause, remedy, answer }) => {
    expect(name).toMatch(/^[a-z_]+\.[a-z_]+$/)
    expect(cause).toMatch(/^[A-Z].*\.$/)
    expect(remedy).toMatch(/^[A-Z].*\.$/)
    expect(Object.keys(oauthErrors)).toContain(answer)
  })

  it('never begin with the role of a token, whose reasons have a table of their own', () => {
    for (const [name] of reasons) expect(name).not.toMatch(/^(subject_token|actor_token|assertion|client_assertion|key)\./)
  })

  it('answer what docs/protocol.md says for each situation', () => {
    const answers: Partial<Record<DecisionReason, OAuthErrorName>> = {
      'request.duplicate_parameter': 'invalid_request',
      'request.body_too_large': 'request_too_large',
      'grant.unsupported': 'unsupported_grant_type',
      'grant.not_allowed_for_client': 'unauthorized_client',
      'client.unknown': 'invalid_client',
      'client.wrong_secret': 'invalid_client',
      'client.disabled': 'invalid_client',
      'client.multiple_methods': 'invalid_request',
      'client.id_mismatch': 'invalid_request',
      'client.too_many_failures': 'too_many_failures',
      'idp.unknown_issuer': 'invalid_request',
      'idp.disabled': 'invalid_request',
      'target.not_subscribed': 'invalid_target',
      'scope.undefined': 'invalid_scope',
      'refresh_token.reused': 'invalid_grant',
      'single_use.unavailable': 'temporarily_unavailable',
    }
    for (const [reason, answer] of Object.entries(answers)) expect(oauthFailure(reason as DecisionReason).error, reason).toBe(answer)
  })
})
