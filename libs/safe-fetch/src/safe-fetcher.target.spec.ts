import { afterEach, describe, expect, it } from 'vitest'
import { isCheckedPeer } from './connection.js'
import { type ResolveHost } from './host-resolver.js'
import { createTestAuthority } from './testing/certificates.js'
import { aFetcher, failure } from './testing/fetchers.js'
import { answeringJson, type HostileServer, startHostileServer } from './testing/hostile-server.js'

const maxBytes = 1024
const authority = await createTestAuthority()
const tls = await authority.issue({ names: ['idp.example.com'] })

const running: HostileServer[] = []

/** Listens on 127.0.0.1 with a certificate for the public name idp.example.com. */
async function start(): Promise<HostileServer> {
  const server = await startHostileServer(answeringJson('{}'), { tls })
  running.push(server)
  return server
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.close()))
})

/** Answers each look-up with the next list, the last one for ever, and counts. */
function scripted(...answers: readonly (readonly string[])[]): { resolveHost: ResolveHost; lookups: string[] } {
  const lookups: string[] = []
  return {
    lookups,
    resolveHost: (host) => {
      lookups.push(host)
      return Promise.resolve(answers[Math.min(lookups.length, answers.length) - 1] ?? [])
    },
  }
}

function failingWith(code: string): ResolveHost {
  return () => Promise.reject(Object.assign(new Error('queryA canary'), { code }))
}

describe('addresses behind a name', () => {
  it.each([
    ['one private (DR-13)', ['127.0.0.1'], '127.0.0.1'],
    ['metadata (DR-13)', ['169.254.169.254'], '169.254.169.254'],
    ['public, then private (DR-14)', ['8.8.8.8', '127.0.0.1'], '127.0.0.1'],
    ['private, then public (DR-14)', ['127.0.0.1', '8.8.8.8'], '127.0.0.1'],
    ['A public, AAAA private (DR-16)', ['8.8.8.8', 'fd00:ec2::254'], 'fd00:ec2::254'],
    ['A public, AAAA mapped (DR-16)', ['8.8.8.8', '::ffff:127.0.0.1'], '::ffff:7f00:1'],
  ])('refuses %s, with no connection at all', async (_name, answers, refused) => {
    const server = await start()
    const { resolveHost, lookups } = scripted(answers)
    const fetcher = aFetcher({ allow: '', ports: [server.port], ca: authority.pem, resolveHost })
    expect(await fetcher.getJson(`https://idp.example.com:${server.port}/`, { maxBytes })).toEqual(
      failure('target_not_allowed', `address ${refused} is not public`),
    )
    expect(lookups).toEqual(['idp.example.com'])
    expect(server.connections).toBe(0)
  })

  it('makes the connection to that same server once the operator opens the network', async () => {
    const server = await start()
    const { resolveHost } = scripted(['127.0.0.1'])
    const fetcher = aFetcher({ allow: `127.0.0.0/8:${server.port}`, ports: [server.port], ca: authority.pem, resolveHost })
    expect((await fetcher.getJson(`https://idp.example.com:${server.port}/`, { maxBytes })).ok).toBe(true)
    expect(server.connections).toBe(1)
  })

  it('refuses an answer with a private address beside an opened one', async () => {
    const server = await start()
    const { resolveHost } = scripted(['127.0.0.1', '10.0.0.1'])
    const fetcher = aFetcher({ allow: '127.0.0.1', ports: [server.port], ca: authority.pem, resolveHost })
    expect(await fetcher.getJson(`https://idp.example.com:${server.port}/`, { maxBytes })).toEqual(
      failure('target_not_allowed', 'address 10.0.0.1 is not public'),
    )
    expect(server.connections).toBe(0)
  })

  it('resolves once and connects to what was checked, whatever the name answers next (rebinding)', async () => {
    const server = await start()
    const { resolveHost, lookups } = scripted(['127.0.0.1'], ['10.0.0.1'])
    const fetcher = aFetcher({ allow: '127.0.0.1', ports: [server.port], ca: authority.pem, resolveHost })
    const url = `https://idp.example.com:${server.port}/`
    expect((await fetcher.getJson(url, { maxBytes })).ok).toBe(true)
    expect(lookups).toHaveLength(1)
    expect(await fetcher.getJson(url, { maxBytes })).toEqual(failure('target_not_allowed', 'address 10.0.0.1 is not public'))
    expect(lookups).toHaveLength(2)
    expect(server.connections).toBe(1)
  })

  it('tries the next checked address where one does not answer', async () => {
    const server = await start()
    const { resolveHost } = scripted(['::1', '127.0.0.1'])
    const fetcher = aFetcher({ allow: '127.0.0.1,::1', ports: [server.port], ca: authority.pem, resolveHost })
    expect((await fetcher.getJson(`https://idp.example.com:${server.port}/`, { maxBytes })).ok).toBe(true)
  })

  it('sends the name as Host and asks no resolver for an opened literal', async () => {
    const server = await start()
    const { resolveHost, lookups } = scripted(['127.0.0.1'])
    const fetcher = aFetcher({ ports: [server.port], ca: authority.pem, resolveHost })
    await fetcher.getJson(`https://idp.example.com:${server.port}/`, { maxBytes })
    expect(server.requests[0]).toContain(`\r\nhost: idp.example.com:${server.port}\r\n`)
    await fetcher.getJson(`https://127.0.0.1:${server.port}/`, { maxBytes })
    expect(lookups).toEqual(['idp.example.com'])
    expect(server.connections).toBe(2)
  })

  it('cannot be told from a name that does not exist (DR-29)', async () => {
    const url = 'https://db.example.com/'
    const privateName = await aFetcher({ resolveHost: scripted(['10.0.0.1']).resolveHost }).getJson(url, { maxBytes })
    const refusals = [privateName]
    for (const resolveHost of [failingWith('ENOTFOUND'), failingWith('ENODATA'), scripted([]).resolveHost]) {
      const unknownName = await aFetcher({ resolveHost }).getJson(url, { maxBytes })
      expect(unknownName).toEqual(failure('target_not_allowed', 'the name has no address'))
      refusals.push(unknownName)
    }
    const visible = refusals.map((result) => (result.ok ? undefined : { code: result.failure.code, text: result.failure.publicText }))
    expect(new Set(visible.map((one) => JSON.stringify(one))).size).toBe(1)
  })

  it('is unreachable where the name server fails, and the failure repeats nothing of its words', async () => {
    const result = await aFetcher({ resolveHost: failingWith('EAI_AGAIN') }).getJson('https://idp.example.com/', { maxBytes })
    expect(result).toEqual(failure('unreachable', 'the name could not be resolved: EAI_AGAIN'))
  })

  it('is asked of the system where no resolver is given', async () => {
    const server = await startHostileServer(answeringJson('{}'))
    running.push(server)
    expect((await aFetcher({ allow: 'localhost' }).getJson(`http://localhost:${server.port}/`, { maxBytes })).ok).toBe(true)
    expect(server.connections).toBe(1)
  })
})

describe('refused texts', () => {
  it.each(['127.0.0.1', '0x7f.1', '2130706433', '127.1', '[::ffff:127.0.0.1]', '[::1]', 'localhost', '%31%32%37.0.0.1', '１２７.0.0.1'])(
    'cause neither a look-up nor a connection: %s (DR-08, DR-10)',
    async (host) => {
      const server = await start()
      const { resolveHost, lookups } = scripted(['127.0.0.1'])
      const fetcher = aFetcher({ allow: '', ports: [server.port], ca: authority.pem, resolveHost })
      expect(await fetcher.getJson(`https://${host}:${server.port}/`, { maxBytes })).toMatchObject({
        ok: false,
        failure: { code: 'target_not_allowed' },
      })
      expect(lookups).toEqual([])
      expect(server.connections).toBe(0)
    },
  )

  it.each(['file:///etc/passwd', 'https://user@idp.example.com/', 'https://idp.example.com/#a'])(
    'are refused by the fetcher itself as well: %s (DR-04, DR-05)',
    async (text) => {
      expect(await aFetcher().getJson(text, { maxBytes })).toMatchObject({ ok: false, failure: { code: 'invalid_url' } })
    },
  )
})

describe('the peer of the connection', () => {
  it('must be one of the checked addresses, in any spelling of it', () => {
    expect(isCheckedPeer('127.0.0.1', ['8.8.8.8', '127.0.0.1'])).toBe(true)
    expect(isCheckedPeer('2606:4700:0:0:0:0:0:1', ['2606:4700::1'])).toBe(true)
    expect(isCheckedPeer('10.0.0.1', ['8.8.8.8'])).toBe(false)
    expect(isCheckedPeer('::ffff:8.8.8.8', ['8.8.8.8'])).toBe(false)
    expect(isCheckedPeer('', [''])).toBe(false)
    expect(isCheckedPeer(undefined, ['8.8.8.8'])).toBe(false)
  })
})
