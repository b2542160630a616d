import { createRemoteJWKSet, jwtVerify } from 'jose'
import { connect as connectTls } from 'node:tls'
import { afterEach, describe, expect, it } from 'vitest'

import { FIXED_NOW_MS } from '../clock/fixed-clock.js'
import { httpRequest } from '../http/http-request.js'
import { rawHttp } from '../http/raw-http.js'
import { testKey } from '../keys/test-key.js'
import { TEST_AUDIENCE } from '../tokens/subject-token.js'
import {
  answersDrop,
  answersEndlessly,
  answersLater,
  answersRaw,
  answersWith,
  answersWithGzipBomb,
  answersWithJsonText,
  hangsUp,
  hangsUpAfter,
  neverAnswers,
  redirectsTo,
} from './answers.js'
import { type HostileIdp, hostileIdp, type HostileIdpOptions } from './hostile-idp.js'
import { testCa } from './test-ca.js'

let idp: HostileIdp | undefined
afterEach(() => idp?.stop())

async function start(options: HostileIdpOptions = {}): Promise<HostileIdp> {
  idp = await hostileIdp(options)
  return idp
}

describe('a provider that behaves', () => {
  it('has one discovery document at both places, a key set, and tokens that its keys verify', async () => {
    const { issuer, wellKnownUrl, oauthMetadataUrl, jwksUri, signToken } = await start({ issuerPath: '/oauth2/default' })
    const metadata = (await httpRequest(wellKnownUrl)).json() as Record<string, unknown>
    expect(metadata).toMatchObject({ issuer, jwks_uri: jwksUri, id_token_signing_alg_values_supported: ['RS256'] })
    expect((await httpRequest(oauthMetadataUrl)).json()).toEqual(metadata)
    expect(new URL(oauthMetadataUrl).pathname).toBe('/.well-known/oauth-authorization-server/oauth2/default')
    const rules = { issuer, audience: TEST_AUDIENCE, currentDate: new Date(FIXED_NOW_MS) }
    const { payload } = await jwtVerify(signToken({ sub: 'carol' }), createRemoteJWKSet(new URL(jwksUri)), rules)
    expect(payload.sub).toBe('carol')
  })

  it('rotates its keys with or without the older ones', async () => {
    const { jwksUri, rotateTo, signToken, setKeys } = await start()
    const kids = async () => ((await httpRequest(jwksUri)).json() as { keys: { kid: string }[] }).keys.map((key) => key.kid)
    rotateTo(testKey('ES256', { name: 'a2' }))
    expect(await kids()).toEqual(['a1', 'a2'])
    expect(JSON.parse(Buffer.from(signToken().split('.')[0]!, 'base64url').toString())).toMatchObject({ alg: 'ES256', kid: 'a2' })
    rotateTo(testKey('ES256', { name: 'a3' }), 'withdrawn')
    expect(await kids()).toEqual(['a3'])
    setKeys()
    expect(await kids()).toEqual([])
  })

  it('keeps what it was asked', async () => {
    const { jwksUri, requestsTo, forget, paths } = await start()
    await httpRequest(`${jwksUri}?a=1`, { headers: { 'if-none-match': '"x"' } })
    expect(requestsTo(paths.jwks)).toMatchObject([{ method: 'GET', url: '/jwks?a=1', headers: { 'if-none-match': '"x"' } }])
    expect(idp?.connectionCount).toBe(1)
    forget()
    expect([idp?.requests.length, idp?.connectionCount]).toEqual([0, 0])
  })

  it('can claim to live elsewhere', async () => {
    const { wellKnownUrl } = await start({ issuer: 'https://idp-a.test' })
    expect((await httpRequest(wellKnownUrl)).json()).toMatchObject({ issuer: 'https://idp-a.test' })
  })
})

describe('a provider that misbehaves', () => {
  it('answers by the script, once or until it is told to behave', async () => {
    const { jwksUri, answer, answerOnce, behave, paths } = await start()
    const status = async () => (await httpRequest(jwksUri)).status
    answer(paths.jwks, answersWith('down', 503, { 'retry-after': '1' }))
    answerOnce(paths.jwks, answersWith('gone', 410))
    expect([await status(), await status(), await status()]).toEqual([410, 503, 503])
    behave()
    expect(await status()).toBe(200)
  })

  it('redirects, answers late, drops bytes, and sends JSON that is none', async () => {
    const { jwksUri, answerOnce, paths } = await start()
    answerOnce(paths.jwks, redirectsTo('http://169.254.169.254/', 307))
    expect(await httpRequest(jwksUri)).toMatchObject({ status: 307, headers: { location: 'http://169.254.169.254/' } })
    answerOnce(paths.jwks, answersLater(100, answersWithJsonText('{"keys":[],"keys":[]}')))
    const startedMs = performance.now()
    expect((await httpRequest(jwksUri)).text).toBe('{"keys":[],"keys":[]}')
    expect(performance.now() - startedMs).toBeGreaterThan(95)
    answerOnce(paths.jwks, answersDrop('{"keys":[]}', 1))
    expect((await httpRequest(jwksUri)).json()).toEqual({ keys: [] })
  })

  it('is silent, hangs up, and hangs up in the middle', async () => {
    const { jwksUri, answerOnce, paths } = await start()
    answerOnce(paths.jwks, neverAnswers)
    await expect(httpRequest(jwksUri, { timeoutMs: 50 })).rejects.toMatchObject({ code: 'ABORT_ERR' })
    answerOnce(paths.jwks, hangsUp)
    await expect(httpRequest(jwksUri)).rejects.toMatchObject({ code: 'ECONNRESET' })
    answerOnce(paths.jwks, hangsUpAfter('{"keys":', 100))
    await expect(httpRequest(jwksUri)).rejects.toMatchObject({ code: 'ECONNRESET' })
  })

  it('sends more than anybody wants, in the end no more than the test allows', async () => {
    const { jwksUri, answerOnce, paths } = await start()
    answerOnce(paths.jwks, answersEndlessly({}, 1_000_000))
    expect((await httpRequest(jwksUri)).text.length).toBeGreaterThanOrEqual(1_000_000)
    answerOnce(paths.jwks, answersWithGzipBomb(10_000_000))
    const bomb = await fetch(jwksUri)
    expect(Number(bomb.headers.get('content-length') ?? 0)).toBeLessThan(20_000)
    expect((await bomb.arrayBuffer()).byteLength).toBe(10_000_000)
  })

  it('writes what is no HTTP', async () => {
    const { port, answerOnce } = await start()
    answerOnce('/lie', answersRaw('HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabc'))
    const { text } = await rawHttp(port, 'GET /lie HTTP/1.1\r\nHost: a\r\n\r\n')
    expect(text).toBe('HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabc')
  })
})

describe('a provider with TLS', () => {
  it('has a certificate of the test authority for localhost', async () => {
    const { issuer, wellKnownUrl } = await start({ tls: true })
    expect(issuer).toMatch(/^https:\/\/localhost:\d+$/)
    const answer = await httpRequest(wellKnownUrl, { ca: (await testCa()).pem })
    expect(answer.json()).toMatchObject({ issuer })
  })

  it.each([
    ['self-signed', 'DEPTH_ZERO_SELF_SIGNED_CERT'],
    ['expired', 'CERT_HAS_EXPIRED'],
    ['wrong-name', 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ['tls-1.0', 'EPROTO'],
  ] as const)('can be %s', async (flaw, code) => {
    const { wellKnownUrl, requests } = await start({ tls: { flaw } })
    await expect(httpRequest(wellKnownUrl, { ca: (await testCa()).pem })).rejects.toMatchObject({ code })
    expect(requests).toEqual([])
  })

  it('speaks TLS 1.0 to whoever still does', async () => {
    const { port } = await start({ tls: { flaw: 'tls-1.0' } })
    const protocol = await new Promise<string | null>((resolve, reject) => {
      const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' } as const
      const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false, ...old }, () => {
        resolve(socket.getProtocol())
        socket.destroy()
      }).on('error', reject)
    })
    expect(protocol).toBe('TLSv1')
  })
})
