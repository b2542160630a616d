import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { OWN_URL, RunningTokenService, type TokenServiceReplica } from '../testing/running-token-service.js'

let running: RunningTokenService
let service: TokenServiceReplica
beforeAll(async () => {
  running = await RunningTokenService.start()
  service = running.replica
})
afterAll(async () => running.stop())

describe.each(['/.well-known/oauth-authorization-server', '/.well-known/openid-configuration'])('GET %s', (path) => {
  it('says where the endpoints are and what they take (RFC 8414)', async () => {
    const answer = await service.get(path)
    expect(answer.status).toBe(200)
    expect(answer.headers).toMatchObject({
      'content-type': expect.stringMatching(/^application\/json/) as string,
      'cache-control': 'public, max-age=300',
    })
    expect(answer.json()).toEqual({
      issuer: OWN_URL,
      token_endpoint: `${OWN_URL}/oauth2/token`,
      jwks_uri: `${OWN_URL}/oauth2/jwks`,
      grant_types_supported: ['urn:ietf:params:oauth:grant-type:token-exchange', 'client_credentials'],
      token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'none'],
      response_types_supported: [],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['ES256'],
    })
  })
})

describe('GET /oauth2/jwks', () => {
  it('has the public keys, to be kept for five minutes', async () => {
    const answer = await service.get('/oauth2/jwks')
    expect(answer.status).toBe(200)
    expect(answer.headers).toMatchObject({
      'content-type': 'application/json',
      'cache-control': 'public, max-age=300',
      etag: expect.stringMatching(/^"[\w-]{43}"$/) as string,
    })
    const text = expect.stringMatching(/^[\w-]{43}$/) as string
    expect(answer.json()).toEqual({ keys: [{ kty: 'EC', crv: 'P-256', x: text, y: text, kid: text, alg: 'ES256', use: 'sig' }] })
  })

  it('is not sent again to whoever has it', async () => {
    const { etag } = (await service.get('/oauth2/jwks')).headers
    for (const tag of [etag!, `W/${etag!}`, `"other", ${etag!}`]) {
      const answer = await service.get('/oauth2/jwks', { headers: { 'if-none-match': tag } })
      expect([answer.status, answer.text, answer.headers.etag]).toEqual([304, '', etag])
    }
    expect((await service.get('/oauth2/jwks', { headers: { 'if-none-match': '"other"' } })).status).toBe(200)
  })
})
