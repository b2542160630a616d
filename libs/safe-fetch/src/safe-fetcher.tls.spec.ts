import { X509Certificate } from 'node:crypto'
import tls, { getCACertificates, setDefaultCACertificates, type TlsOptions } from 'node:tls'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createTestAuthority, issueSelfSigned, type ServerIdentity } from './testing/certificates.js'
import { aFetcher, failure, type TestFetcherOptions } from './testing/fetchers.js'
import { answeringJson, type HostileServer, startHostileServer } from './testing/hostile-server.js'

const maxBytes = 1024
const hourMs = 3_600_000
const authority = await createTestAuthority()
const identity = await authority.issue({ names: ['idp.example.com', '127.0.0.1'] })

const running: HostileServer[] = []

async function start(options: TlsOptions): Promise<HostileServer> {
  const server = await startHostileServer(answeringJson('{}'), { tls: options })
  running.push(server)
  return server
}

afterEach(async () => {
  vi.unstubAllEnvs()
  await Promise.all(running.splice(0).map((server) => server.close()))
})

/** Fetches from a server by the name idp.example.com, trusting the test's authority unless said otherwise. */
function fetchFrom(server: HostileServer, options: TestFetcherOptions = { ca: authority.pem }): Promise<unknown> {
  const fetcher = aFetcher({ ports: [server.port], resolveHost: () => Promise.resolve(['127.0.0.1']), ...options })
  return fetcher.getJson(`https://idp.example.com:${server.port}/`, { maxBytes })
}

describe('TLS', () => {
  it.each(['TLSv1.2', 'TLSv1.3'] as const)('is verified with the private authority of the operator: %s', async (version) => {
    const names: (string | false)[] = []
    const server = await start({
      ...identity,
      minVersion: version,
      maxVersion: version,
      SNICallback: (name, done) => {
        names.push(name)
        done(null)
      },
    })
    expect(await fetchFrom(server)).toMatchObject({ ok: true, value: { document: {} } })
    expect(names).toEqual(['idp.example.com'])
  })

  it('trusts no private authority without configuration', async () => {
    const server = await start(identity)
    expect(await fetchFrom(server, {})).toEqual(failure('tls_error', 'no TLS: UNABLE_TO_VERIFY_LEAF_SIGNATURE'))
    expect(server.requests).toEqual([])
  })

  it.each<[string, () => Promise<ServerIdentity>, string]>([
    ['a self-signed certificate', () => issueSelfSigned({ names: ['idp.example.com'] }), 'DEPTH_ZERO_SELF_SIGNED_CERT'],
    ['an expired certificate', () => authority.issue({ names: ['idp.example.com'], validForMs: -hourMs }), 'CERT_HAS_EXPIRED'],
    ['a certificate of another name', () => authority.issue({ names: ['canary.example.com'] }), 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ['a certificate of the address only', () => authority.issue({ names: ['127.0.0.1'] }), 'ERR_TLS_CERT_ALTNAME_INVALID'],
    [
      'a certificate of another authority with the same name',
      async () => (await createTestAuthority()).issue({ names: ['idp.example.com'] }),
      'CERT_SIGNATURE_FAILURE',
    ],
  ])('refuses %s, and sends nothing (DR-28)', async (_name, issue, code) => {
    const server = await start(await issue())
    expect(await fetchFrom(server)).toEqual(failure('tls_error', `no TLS: ${code}`))
    expect(server.connections).toBe(1)
    expect(server.requests).toEqual([])
  })

  it.each(['TLSv1', 'TLSv1.1'] as const)('refuses %s, also where the ciphers of the process would do it (DR-28)', async (version) => {
    const usual = tls.DEFAULT_CIPHERS
    try {
      tls.DEFAULT_CIPHERS = 'DEFAULT@SECLEVEL=0'
      const server = await start({ ...identity, minVersion: version, maxVersion: version })
      expect(await fetchFrom(server)).toEqual(failure('tls_error', 'no TLS: ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION'))
      expect(server.requests).toEqual([])
    } finally {
      tls.DEFAULT_CIPHERS = usual
    }
  })

  it('refuses plain HTTP where TLS was asked for', async () => {
    const server = await startHostileServer(() => undefined, { greeting: 'HTTP/1.1 400 Bad Request\r\n\r\n{}' })
    running.push(server)
    expect(await fetchFrom(server)).toMatchObject({ ok: false, failure: { code: 'tls_error' } })
    expect(server.requests).toEqual([])
  })

  it('stays verified with NODE_TLS_REJECT_UNAUTHORIZED=0', async () => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0')
    const server = await start(await issueSelfSigned({ names: ['idp.example.com'] }))
    expect(await fetchFrom(server)).toEqual(failure('tls_error', 'no TLS: DEPTH_ZERO_SELF_SIGNED_CERT'))
  })

  it('verifies an opened literal address against the addresses of the certificate', async () => {
    const fetcher = aFetcher({ ca: authority.pem })
    const right = await start(identity)
    expect((await fetcher.getJson(`https://127.0.0.1:${right.port}/`, { maxBytes })).ok).toBe(true)
    const wrong = await start(await authority.issue({ names: ['idp.example.com'] }))
    expect(await fetcher.getJson(`https://127.0.0.1:${wrong.port}/`, { maxBytes })).toEqual(
      failure('tls_error', 'no TLS: ERR_TLS_CERT_ALTNAME_INVALID'),
    )
  })
})

describe('ca', () => {
  it('may hold several certificates, with text around them', async () => {
    const other = await createTestAuthority('Another authority')
    const server = await start(identity)
    expect(await fetchFrom(server, { ca: `# ours\n${other.pem}\n# and theirs\n${authority.pem}\n` })).toMatchObject({ ok: true })
  })

  it('is trusted beside the public authorities, not instead of them', async () => {
    const publicAuthority = await createTestAuthority('A public authority')
    const server = await start(await publicAuthority.issue({ names: ['idp.example.com'] }))
    const usual = getCACertificates('default')
    try {
      setDefaultCACertificates([...usual, publicAuthority.pem])
      expect(await fetchFrom(server)).toMatchObject({ ok: true })
    } finally {
      setDefaultCACertificates(usual)
    }
    expect(await fetchFrom(server)).toMatchObject({ ok: false, failure: { code: 'tls_error' } })
  })

  it.each([
    ['nothing', ''],
    ['no certificate', identity.key],
    ['a broken certificate', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'],
    ['a broken certificate behind a good one', `${authority.pem}\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`],
  ])('is refused with %s', (_name, ca) => {
    expect(() => aFetcher({ ca })).toThrow(new TypeError('ca holds no usable PEM certificate'))
  })

  it('is an authority in these tests', () => {
    expect(new X509Certificate(authority.pem).ca).toBe(true)
  })
})
