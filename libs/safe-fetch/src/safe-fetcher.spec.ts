import { once } from 'node:events'
import http, { Agent, get, globalAgent, type IncomingMessage } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { aFetcher, failure } from './testing/fetchers.js'
import { answering, answeringJson, type Behaviour, type HostileServer, startHostileServer, writeForever } from './testing/hostile-server.js'

const maxBytes = 128 * 1024
const ok = 'HTTP/1.1 200 OK'
const json = '{"issuer":"https://idp.example.com"}'

const running: HostileServer[] = []

async function start(behave: Behaviour): Promise<HostileServer> {
  const server = await startHostileServer(behave)
  running.push(server)
  return server
}

afterEach(async () => {
  vi.unstubAllEnvs()
  await Promise.all(running.splice(0).map((server) => server.close()))
})

const urlOf = (server: HostileServer, path = '/.well-known/openid-configuration'): string => `http://127.0.0.1:${server.port}${path}`

describe('a good answer', () => {
  it('is given with its document, bytes and the headers that callers need', async () => {
    const head = [
      ok,
      'Content-Type: application/json',
      'Cache-Control: max-age=60',
      'Cache-Control: public',
      'Age: 5',
      'Date: Sun, 22 Nov 2026 04:00:00 GMT',
    ]
    const server = await start(answering([...head, 'Set-Cookie: a=b', `Content-Length: ${json.length}`], json))
    expect(await aFetcher().getJson(urlOf(server), { maxBytes })).toEqual({
      ok: true,
      value: {
        document: { issuer: 'https://idp.example.com' },
        body: new TextEncoder().encode(json),
        headers: { contentType: 'application/json', cacheControl: 'max-age=60, public', age: '5', date: 'Sun, 22 Nov 2026 04:00:00 GMT' },
      },
    })
  })

  it('is asked for with one plain request a connection: no cookie, no encoding, nothing kept alive', async () => {
    const server = await start(answering([ok, 'Set-Cookie: session=1', 'Connection: keep-alive', `Content-Length: ${json.length}`], json))
    const fetcher = aFetcher({ userAgent: 'cambio-test' })
    await fetcher.getJson(urlOf(server, '/a?b=%20c'), { maxBytes, accept: 'application/jwk-set+json' })
    await fetcher.getJson(urlOf(server, '/a?b=%20c'), { maxBytes, accept: 'application/jwk-set+json' })
    const head = [
      'GET /a?b=%20c HTTP/1.1',
      `host: 127.0.0.1:${server.port}`,
      'connection: close',
      'accept-encoding: identity',
      'accept: application/jwk-set+json',
      'user-agent: cambio-test',
      '\r\n',
    ].join('\r\n')
    expect(server.requests).toEqual([head, head])
    expect(server.connections).toBe(2)
  })

  it('may be chunked, without length, after an early hint, or said to be identity', async () => {
    const chunked = `${json.length.toString(16)}\r\n${json}\r\n0\r\n\r\n`
    for (const behave of [
      answering([ok, 'Transfer-Encoding: chunked'], chunked),
      answering([ok], json),
      answering(['HTTP/1.1 103 Early Hints', 'Link: </x>', '', ok], json),
      answering([ok, 'Content-Encoding: identity'], json),
    ]) {
      const server = await start(behave)
      expect(await aFetcher().getJson(urlOf(server), { maxBytes })).toMatchObject({
        ok: true,
        value: { document: { issuer: 'https://idp.example.com' } },
      })
    }
  })
})

describe('redirects', () => {
  it.each([300, 301, 302, 303, 307, 308])('refuses %i wherever it leads, after one request (DR-17)', async (status) => {
    const elsewhere = await start(answeringJson(json))
    for (const location of [
      urlOf(elsewhere),
      'https://idp.example.com/',
      'http://169.254.169.254/',
      '/other',
      `https://127.0.0.1:${elsewhere.port}/`,
    ]) {
      const server = await start(answering([`HTTP/1.1 ${status} Elsewhere`, `Location: ${location}`, 'Content-Length: 0']))
      expect(await aFetcher().getJson(urlOf(server), { maxBytes })).toEqual(failure('redirect_not_allowed', `status ${status}`))
      expect(server.requests).toHaveLength(1)
    }
    expect(elsewhere.connections).toBe(0)
  })
})

describe('other statuses', () => {
  it.each([201, 204, 206, 304, 400, 401, 404, 407, 429, 500, 503])('refuses %i, also with a good body', async (status) => {
    const server = await start(answering([`HTTP/1.1 ${status} Whatever`, `Content-Length: ${json.length}`], json))
    expect(await aFetcher().getJson(urlOf(server), { maxBytes })).toEqual(failure('bad_status', `status ${status}`))
  })

  it('refuses to switch protocols', async () => {
    const server = await start((socket) => void socket.write('HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n'))
    expect(await aFetcher().getJson(urlOf(server), { maxBytes })).toEqual(failure('bad_status', 'status 101'))
    await server.drained()
  })
})

describe('size', () => {
  const padded = (bytes: number): string => `{"a":"${'x'.repeat(bytes - 8)}"}`

  it('takes a body of exactly the cap and refuses one byte more (DR-19)', async () => {
    const exact = await start(answeringJson(padded(maxBytes)))
    expect((await aFetcher().getJson(urlOf(exact), { maxBytes })).ok).toBe(true)
    const announced = await start(answeringJson(padded(maxBytes + 1)))
    expect(await aFetcher().getJson(urlOf(announced), { maxBytes })).toEqual(failure('too_large', 'announced more than 131072 bytes'))
    const unannounced = await start(answering([ok], padded(maxBytes + 1)))
    expect(await aFetcher().getJson(urlOf(unannounced), { maxBytes })).toEqual(failure('too_large', 'more than 131072 bytes'))
  })

  it.each([
    ['chunked', [ok, 'Transfer-Encoding: chunked'], `10000\r\n${'x'.repeat(0x10000)}\r\n`],
    ['chunked byte by byte', [ok, 'Transfer-Encoding: chunked'], '1\r\nx\r\n'.repeat(10_000)],
    ['until the connection closes', [ok], ' '.repeat(65_536)],
  ])('gives up an endless body at the cap: %s (DR-19)', async (_name, head, chunk) => {
    const server = await start((socket) => {
      socket.write([...head, '', ''].join('\r\n'))
      return writeForever(socket, chunk)
    })
    expect(await aFetcher().getJson(urlOf(server), { maxBytes })).toEqual(failure('too_large', 'more than 131072 bytes'))
    await server.drained()
  })

  it('gives up 10 MiB of keys at 256 KiB (JW-22)', async () => {
    const server = await start(answering([ok], Buffer.alloc(10 * 1024 * 1024, ' ')))
    expect(await aFetcher().getJson(urlOf(server), { maxBytes: 256 * 1024 })).toEqual(failure('too_large', 'more than 262144 bytes'))
    await server.drained()
  })

  it('believes no length: announced too much, too little, nonsense (DR-19)', async () => {
    const huge = await start(answering([ok, 'Content-Length: 99999999999'], json))
    expect(await aFetcher().getJson(urlOf(huge), { maxBytes })).toEqual(failure('too_large', 'announced more than 131072 bytes'))
    const short = await start(answering([ok, 'Content-Length: 1000'], json))
    expect(await aFetcher().getJson(urlOf(short), { maxBytes })).toEqual(failure('bad_response', 'malformed or cut short: ECONNRESET'))
    const long = await start(answering([ok, 'Content-Length: 2'], '{}' + padded(129 * 1024)))
    expect(await aFetcher().getJson(urlOf(long), { maxBytes })).toEqual(failure('too_large', 'more than the announced length'))
    for (const length of ['-1', '1e3', '0x10', '10, 10', '18446744073709551616', '1 000', '+5']) {
      const server = await start(answering([ok, `Content-Length: ${length}`], json))
      expect(await aFetcher().getJson(urlOf(server), { maxBytes }), length).toMatchObject({ ok: false, failure: { code: 'bad_response' } })
    }
  })

  it.each([
    ['one header of 17 KiB', [ok, `X-A: ${'a'.repeat(17 * 1024)}`, '']],
    ['many headers of 17 KiB together', [ok, ...Array.from({ length: 3000 }, (_, index) => `X${index}: 1`), '']],
    ['a status line of 17 KiB', [`${ok}${'a'.repeat(17 * 1024)}`, '']],
    ['trailers of 17 KiB', [ok, 'Transfer-Encoding: chunked', '', '2', '{}', '0', `X-A: ${'a'.repeat(17 * 1024)}`, '']],
  ])('refuses %s', async (_name, head) => {
    const server = await start(answering(head))
    expect(await aFetcher().getJson(urlOf(server), { maxBytes })).toEqual(failure('too_large', 'more than 16384 bytes of headers'))
  })

  it('gives up endless headers at the cap', async () => {
    const server = await start((socket) => {
      socket.write(`${ok}\r\n`)
      return writeForever(socket, 'X-A: b\r\n'.repeat(1000))
    })
    expect(await aFetcher().getJson(urlOf(server), { maxBytes })).toEqual(failure('too_large', 'more than 16384 bytes of headers'))
    await server.drained()
  })
})

describe('encodings', () => {
  const bomb = Buffer.from(`{"a":"${'x'.repeat(50 * 1024 * 1024)}"}`)

  it.each([
    ['gzip', gzipSync(bomb)],
    ['br', brotliCompressSync(bomb, { params: { 0: 1, 1: 1 } })],
  ])('refuses a bomb of %s unread, without growing (DR-20)', async (encoding, body) => {
    const server = await start(answering([ok, `Content-Encoding: ${encoding}`], body))
    const fetcher = aFetcher()
    await fetcher.getJson(urlOf(server), { maxBytes })
    const before = process.memoryUsage()
    expect(await fetcher.getJson(urlOf(server), { maxBytes })).toEqual(failure('bad_response', 'an encoded body'))
    const after = process.memoryUsage()
    expect(after.external + after.arrayBuffers - before.external - before.arrayBuffers).toBeLessThan(5 * 1024 * 1024)
  })

  it.each(['deflate', 'zstd', 'x-gzip', 'GZIP', 'identity, gzip', 'gzip, identity', 'identity, identity', '', '*'])(
    'refuses Content-Encoding "%s"',
    async (encoding) => {
      const server = await start(answering([ok, `Content-Encoding: ${encoding}`], json))
      expect(await aFetcher().getJson(urlOf(server), { maxBytes })).toEqual(failure('bad_response', 'an encoded body'))
    },
  )

  it('sees an encoding behind 1500 other headers', async () => {
    const others = Array.from({ length: 1500 }, () => 'a: b')
    const server = await start(answering([ok, ...others, 'Content-Encoding: gzip'], json))
    expect(await aFetcher().getJson(urlOf(server), { maxBytes })).toEqual(failure('bad_response', 'an encoded body'))
  })

  it.each(['gzip, chunked', 'gzip', 'xchunked', 'identity'])('refuses Transfer-Encoding "%s"', async (encoding) => {
    const server = await start(answering([ok, `Transfer-Encoding: ${encoding}`], '2\r\n{}\r\n0\r\n\r\n'))
    expect(await aFetcher().getJson(urlOf(server), { maxBytes })).toMatchObject({ ok: false, failure: { code: 'bad_response' } })
  })
})

describe('what is not HTTP', () => {
  it.each([
    ['another protocol', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['HTTP/0.9', json],
    ['nothing', ''],
    ['a body of two meanings', `${ok}\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`],
    ['two lengths', `${ok}\r\nContent-Length: 2\r\nContent-Length: 36\r\n\r\n${json}`],
    ['a bad chunk size', `${ok}\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n`],
    ['a cut chunk', `${ok}\r\nTransfer-Encoding: chunked\r\n\r\n24\r\n{"issuer"`],
    ['a null byte in a header', `${ok}\r\nX-A: a\0b\r\n\r\n${json}`],
    ['a folded header', `${ok}\r\nX-A: a\r\n b\r\n\r\n${json}`],
  ])('refuses %s', async (_name, raw) => {
    const server = await start((socket) => void socket.end(raw))
    expect(await aFetcher().getJson(urlOf(server), { maxBytes })).toMatchObject({ ok: false, failure: { code: 'bad_response' } })
  })

  it('refuses a connection that is reset', async () => {
    const server = await start((socket) => void socket.resetAndDestroy())
    expect(await aFetcher().getJson(urlOf(server), { maxBytes })).toEqual(failure('bad_response', 'malformed or cut short: ECONNRESET'))
  })
})

describe('what is not metadata', () => {
  it.each(['<!doctype html>', '[]', '{"a":1,"a":2}', '\ufeff{}', ''])('refuses %j (DR-22)', async (body) => {
    const server = await start(answeringJson(body))
    expect(await aFetcher().getJson(urlOf(server), { maxBytes })).toMatchObject({ ok: false, failure: { code: 'not_metadata' } })
  })
})

describe('time', () => {
  const timeouts = { totalMs: 500 }

  async function timed<T>(work: Promise<T>): Promise<{ result: T; elapsedMs: number }> {
    const start = performance.now()
    const result = await work
    return { result, elapsedMs: performance.now() - start }
  }

  async function drip(socket: Parameters<Behaviour>[0], text: string): Promise<void> {
    while (!socket.destroyed) {
      socket.write(text)
      await sleep(20)
    }
  }

  it.each<[string, Behaviour]>([
    ['nothing', () => undefined],
    ['headers byte by byte', (socket) => (socket.write(`${ok}\r\nX-A: `), drip(socket, 'a'))],
    ['a body byte by byte', (socket) => (socket.write(`${ok}\r\n\r\n`), drip(socket, ' '))],
    ['a body that stops', (socket) => void socket.write(`${ok}\r\nContent-Length: 36\r\n\r\n{`)],
    ['early hints for ever', (socket) => drip(socket, 'HTTP/1.1 103 Early Hints\r\n\r\n')],
  ])('ends after the total time where the host sends %s', async (_name, behave) => {
    const server = await start(behave)
    const { result, elapsedMs } = await timed(aFetcher({ timeouts }).getJson(urlOf(server), { maxBytes }))
    expect(result).toEqual(failure('timeout', 'the answer was not complete in time'))
    expect(elapsedMs).toBeGreaterThan(480)
    expect(elapsedMs).toBeLessThan(4000)
    await server.drained()
  })

  it('counts a slow name server into the total time', async () => {
    const resolveHost = (): Promise<readonly string[]> => new Promise(() => undefined)
    const { result, elapsedMs } = await timed(aFetcher({ timeouts, resolveHost }).getJson('https://idp.example.com/', { maxBytes }))
    expect(result).toEqual(failure('unreachable', 'the name was not resolved in time'))
    expect(elapsedMs).toBeLessThan(4000)
  })

  it('ends after the time to connect where TLS is never answered', async () => {
    const server = await start(() => undefined)
    const { result, elapsedMs } = await timed(
      aFetcher({ timeouts: { connectMs: 100, totalMs: 10_000 } }).getJson(urlOf(server).replace('http:', 'https:'), { maxBytes }),
    )
    expect(result).toEqual(failure('unreachable', 'no TLS: not in time'))
    expect(elapsedMs).toBeLessThan(4000)
    await server.drained()
  })
})

describe('giving up', () => {
  it('connects nowhere once the signal has fired', async () => {
    const server = await start(answeringJson(json))
    const result = await aFetcher().getJson(urlOf(server), { maxBytes, signal: AbortSignal.abort() })
    expect(result).toEqual(failure('aborted', 'before it began'))
    expect(server.connections).toBe(0)
  })

  it('leaves no connection behind that was being made when the signal fired', async () => {
    const server = await start(() => undefined)
    const stop = new AbortController()
    const result = aFetcher().getJson(urlOf(server), { maxBytes, signal: stop.signal })
    stop.abort()
    expect(await result).toMatchObject({ ok: false, failure: { code: 'aborted' } })
    await sleep(50)
    await server.drained()
    expect(server.requests).toEqual([])
  })

  it('closes the connection when the signal fires', async () => {
    const stop = new AbortController()
    const server = await start(() => {
      stop.abort()
    })
    expect(await aFetcher().getJson(urlOf(server), { maxBytes, signal: stop.signal })).toMatchObject({
      ok: false,
      failure: { code: 'aborted' },
    })
    await server.drained()
  })
})

describe('a closed port', () => {
  it('is unreachable, with the text of a refused address (DR-29)', async () => {
    const server = await start(answeringJson(json))
    await running.pop()?.close()
    expect(await aFetcher().getJson(urlOf(server), { maxBytes })).toEqual(failure('unreachable', 'no connection: ECONNREFUSED'))
  })
})

describe('what is behind an opened address', () => {
  const canary = 'canary-7f3a'

  it.each<[string, Behaviour]>([
    ['an error page', answering([`HTTP/1.1 500 ${canary}`, `X-A: ${canary}`], canary)],
    ['a redirect', answering(['HTTP/1.1 302 Found', `Location: https://${canary}.example.com/`], canary)],
    ['a document', answering([ok], `{"${canary}":1,"${canary}":2}`)],
    ['a broken document', answering([ok], `{"a": ${canary}}`)],
    ['another protocol', (socket) => void socket.end(`220 ${canary} ESMTP\r\n`)],
    ['an encoding', answering([ok, `Content-Encoding: ${canary}`])],
    ['a broken header', answering([ok, `X\0${canary}: a`])],
  ])('appears in no failure: %s (DR-29)', async (_name, behave) => {
    const server = await start(behave)
    const result = await aFetcher().getJson(urlOf(server), { maxBytes })
    expect(result.ok).toBe(false)
    expect(JSON.stringify(result)).not.toContain(canary)
  })
})

describe('proxies', () => {
  it('are not used, whatever the environment says (DR-40)', async () => {
    const proxy = await start(answeringJson('{"from":"proxy"}'))
    const server = await start(answeringJson(json))
    const proxyUrl = `http://127.0.0.1:${proxy.port}`
    for (const name of ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'http_proxy', 'https_proxy', 'all_proxy']) vi.stubEnv(name, proxyUrl)
    vi.stubEnv('NODE_USE_ENV_PROXY', '1')
    vi.stubEnv('NO_PROXY', '')
    vi.stubEnv('no_proxy', '')
    const usual = globalAgent
    try {
      // What Node itself does at start with NODE_USE_ENV_PROXY=1.
      Object.assign(http, { globalAgent: new Agent({ proxyEnv: process.env }) })
      const [response] = (await once(get(urlOf(server)), 'response')) as [IncomingMessage]
      response.resume()
      expect(proxy.requests).toHaveLength(1) // so the proxy would be used

      const result = await aFetcher().getJson(urlOf(server), { maxBytes })
      expect(result).toMatchObject({ ok: true, value: { document: { issuer: 'https://idp.example.com' } } })
      expect(proxy.requests).toHaveLength(1)
      expect(server.requests).toHaveLength(1)
    } finally {
      Object.assign(http, { globalAgent: usual })
    }
  })
})
