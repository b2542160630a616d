import { describe, expect, it } from 'vitest'

import { parseRequestedTokenType, parseTokenTypeUri } from './token-type.js'

const uri = (name: string) => `urn:ietf:params:oauth:token-type:${name}`

describe('token type identifiers (RFC 8693 §3)', () => {
  it.each(['jwt', 'id_token', 'access_token'])('read %s as a subject token type (TE-02)', (name) => {
    expect(parseTokenTypeUri(uri(name))).toEqual({ ok: true, value: name })
  })

  it.each([uri('saml2'), uri('refresh_token'), 'jwt', '', 'not a uri', uri('JWT'), `${uri('jwt')} `])('refuse %j (TE-07)', (text) => {
    expect(parseTokenTypeUri(text)).toEqual({ ok: false, failure: { error: 'invalid_request', reason: 'request.unsupported_token_type' } })
  })

  it.each([undefined, uri('access_token'), uri('jwt')])('issue an access token when %j is requested', (text) => {
    expect(parseRequestedTokenType(text)).toEqual({ ok: true, value: uri('access_token') })
  })

  it.each([uri('refresh_token'), uri('id_token'), 'unknown'])('refuse %j as requested type (TE-10)', (text) => {
    expect(parseRequestedTokenType(text)).toEqual({
      ok: false,
      failure: { error: 'invalid_request', reason: 'request.unsupported_requested_token_type' },
    })
  })
})
