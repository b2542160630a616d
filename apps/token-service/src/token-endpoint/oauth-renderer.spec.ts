import { type ProblemCode } from '@cambio/service-kit'
import { describe, expect, it } from 'vitest'

import { oauthRenderer } from './oauth-renderer.js'

const cases: readonly (readonly [code: ProblemCode, status: number, error: string, headers: Readonly<Record<string, string>>])[] = [
  ['malformed_json', 400, 'invalid_request', {}],
  ['malformed_request', 400, 'invalid_request', {}],
  ['unsupported_media_type', 400, 'invalid_request', {}],
  ['route_not_found', 404, 'invalid_request', {}],
  ['method_not_allowed', 405, 'invalid_request', { allow: 'POST' }],
  ['content_too_large', 413, 'invalid_request', {}],
  ['too_many_requests', 429, 'temporarily_unavailable', { 'retry-after': '60' }],
  ['internal_error', 500, 'server_error', {}],
  ['unavailable', 503, 'temporarily_unavailable', { 'retry-after': '5' }],
]

describe('a failure below /oauth2/ that no handler has seen', () => {
  it('is answered there and nowhere else', () => {
    expect(oauthRenderer.pathPrefix).toBe('/oauth2/')
  })

  it.each(cases)('%s is %i %s', (code, status, error, headers) => {
    expect(oauthRenderer.render({ code, detail: 'DETAIL' })).toEqual({
      status,
      headers: { 'cache-control': 'no-store', 'content-type': 'application/json', ...headers },
      body: { error, error_description: expect.stringMatching(/^[\x20\x21\x23-\x5b\x5d-\x7e]{1,200}$/) as string },
    })
  })
})
