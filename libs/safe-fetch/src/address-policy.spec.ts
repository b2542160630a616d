import { describe, expect, it } from 'vitest'
import { type AddressPolicy, createAddressPolicy } from './address-policy.js'
import { parseFetchAllow } from './fetch-allow.js'
import { publicTexts } from './fetch-failure.js'

function policyWith(allow = '', ports?: readonly number[]): AddressPolicy {
  const parsed = parseFetchAllow(allow)
  if (!parsed.ok) throw new TypeError(parsed.failure.detail)
  return createAddressPolicy({ allow: parsed.value, ...(ports === undefined ? {} : { ports }) })
}

const closed = policyWith()
const wellKnown = '/.well-known/openid-configuration'
const publicUrl = new URL('https://idp.example.com/')

function refusal(code: 'invalid_url' | 'target_not_allowed'): object {
  return { ok: false, failure: { code, publicText: publicTexts[code], privateDetail: expect.any(String) as string } }
}

describe('checkUrl: the text', () => {
  it.each([
    'file:///etc/passwd',
    'data:application/json,{}',
    'ftp://idp.example.com/',
    'gopher://idp.example.com/',
    'javascript:alert(1)',
    'blob:https://idp.example.com/x',
    'ws://idp.example.com/',
    '//idp.example.com/',
    'idp.example.com',
    '',
  ])('refuses the scheme of "%s" (DR-04)', (text) => {
    expect(closed.checkUrl(text)).toEqual(refusal('invalid_url'))
  })

  it.each([
    'https://user@idp.example.com/',
    'https://user:secret@idp.example.com/',
    'https://@idp.example.com/',
    'https://:@idp.example.com/',
    'https://idp.example.com@127.0.0.1/',
    'https://idp.example.com/#fragment',
    'https://idp.example.com/#',
    'https://idp.example.com#@127.0.0.1/',
  ])('refuses user information and fragments, also empty ones: %s (DR-05)', (text) => {
    expect(closed.checkUrl(text)).toEqual(refusal('invalid_url'))
  })

  it.each([
    ' https://idp.example.com/',
    'https://idp.example.com/\n',
    'https://idp.exa\tmple.com/',
    'https://idp.example.com\\@127.0.0.1/',
    'https:\\\\idp.example.com/',
    'https:/idp.example.com/',
    'https:idp.example.com/',
    'https:///idp.example.com/',
    'https://idp.example.com:99999/',
    'https://1.2.3.256/',
    'https://[::1/',
    'https://idp%00.example.com/',
    `https://idp.example.com/${'a'.repeat(2048)}`,
  ])('refuses what the URL parser would repair or cannot read: %j', (text) => {
    expect(closed.checkUrl(text)).toEqual(refusal('invalid_url'))
  })

  it('answers the URL of a public host, an international name in its ASCII form', () => {
    expect(closed.checkUrl('https://IDP.example.com:443/a?b=c')).toEqual({ ok: true, value: new URL('https://idp.example.com/a?b=c') })
    expect(closed.checkUrl('https://bücher.example.com/')).toEqual({ ok: true, value: new URL('https://xn--bcher-kva.example.com/') })
  })
})

describe('checkUrl: the target', () => {
  it.each([
    '127.0.0.1',
    '169.254.169.254',
    '10.0.0.1',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '0.0.0.0',
    // other spellings of them
    '127.1',
    '0x7f.1',
    '0x7f000001',
    '2130706433',
    '0177.0.0.1',
    '127.0.0.1.',
    '%31%32%37.0.0.1',
    '１２７.０.０.１',
    '127。0。0。1',
    '①②⑦.0.0.1',
    // and a public one: a name is wanted
    '8.8.8.8',
  ])('refuses the IPv4 literal %s (DR-08)', (host) => {
    expect(closed.checkDiscoveryUrl(`https://${host}${wellKnown}`)).toEqual(refusal('target_not_allowed'))
  })

  it.each(['[::1]', '[::]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[::7f00:1]', '[::127.0.0.1]', '[0:0:0:0:0:0:0:1]'])(
    'refuses the IPv6 literal %s (DR-10)',
    (host) => {
      expect(closed.checkDiscoveryUrl(`https://${host}${wellKnown}`)).toEqual(refusal('target_not_allowed'))
    },
  )

  it.each([
    '[64:ff9b::a9fe:a9fe]',
    '[2002:a9fe:a9fe::]',
    '[2001:0:a9fe:a9fe::1]',
    '[fec0::1]',
    '[fe80::1]',
    '[fd00:ec2::254]',
    '[2606:4700::1111]',
  ])('refuses the IPv6 literal %s (DR-11)', (host) => {
    expect(closed.checkDiscoveryUrl(`https://${host}${wellKnown}`)).toEqual(refusal('target_not_allowed'))
  })

  it.each([
    'localhost',
    'LOCALHOST',
    'localhost.',
    'foo.localhost',
    'registry',
    'printer.local',
    'metadata.google.internal',
    'idp.corp',
    'router.home.arpa',
    'nas.lan',
    '1.0.0.127.in-addr.arpa',
    'registry.cambio.svc',
    'x.onion',
    'idp.example.com.',
    'idp..example.com',
    '-idp.example.com',
    `${'a'.repeat(64)}.example.com`,
    `${'a.'.repeat(127)}com`,
  ])('refuses the name %s', (host) => {
    expect(closed.checkUrl(`https://${host}/`)).toEqual(refusal('target_not_allowed'))
  })

  it.each(['https://idp.example.com:8443/', 'https://idp.example.com:22/', 'https://idp.example.com:80/'])(
    'refuses the port of %s',
    (text) => {
      expect(closed.checkUrl(text)).toEqual(refusal('target_not_allowed'))
    },
  )

  it('accepts the ports that are configured, and no others', () => {
    const policy = policyWith('', [443, 8443])
    expect(policy.checkUrl('https://idp.example.com:8443/').ok).toBe(true)
    expect(policy.checkUrl('https://idp.example.com:8444/')).toEqual(refusal('target_not_allowed'))
  })

  it('refuses http to a public host, whatever the port', () => {
    expect(closed.checkUrl('http://idp.example.com/')).toEqual(refusal('target_not_allowed'))
    expect(closed.checkUrl('http://idp.example.com:443/')).toEqual(refusal('target_not_allowed'))
  })

  it('opens http, literals, single labels, internal names and any port where the operator says so, and only there', () => {
    const policy = policyWith('127.0.0.1,localhost,keycloak.corp.internal:8080,[::1]:9400')
    expect(policy.checkUrl('http://127.0.0.1:9400/').ok).toBe(true)
    expect(policy.checkUrl('http://127.1:9400/').ok).toBe(true) // the same address
    expect(policy.checkUrl('http://localhost:9400/').ok).toBe(true)
    expect(policy.checkUrl('https://localhost/').ok).toBe(true)
    expect(policy.checkUrl('http://keycloak.corp.internal:8080/').ok).toBe(true)
    expect(policy.checkUrl('http://[::1]:9400/').ok).toBe(true)
    expect(policy.checkUrl('http://keycloak.corp.internal/')).toEqual(refusal('target_not_allowed'))
    expect(policy.checkUrl('http://[::1]:9401/')).toEqual(refusal('target_not_allowed'))
    expect(policy.checkUrl('http://127.0.0.2:9400/')).toEqual(refusal('target_not_allowed'))
    expect(policy.checkUrl('http://[::ffff:127.0.0.1]:9400/')).toEqual(refusal('target_not_allowed'))
    expect(policy.checkUrl('http://foo.localhost:9400/')).toEqual(refusal('target_not_allowed'))
  })

  it('does not lift the rules of the text for an opened host', () => {
    const policy = policyWith('127.0.0.1')
    expect(policy.checkUrl('http://user@127.0.0.1/')).toEqual(refusal('invalid_url'))
    expect(policy.checkUrl('ftp://127.0.0.1/')).toEqual(refusal('invalid_url'))
    expect(policy.checkDiscoveryUrl('http://127.0.0.1/admin')).toEqual(refusal('invalid_url'))
  })
})

describe('checkDiscoveryUrl', () => {
  it.each([
    '/.well-known/openid-configuration',
    '/realms/main/.well-known/openid-configuration',
    '/.well-known/oauth-authorization-server',
    '/.well-known/oauth-authorization-server/tenant/1', // RFC 8414 §3.1
    '/.well-known/openid-configuration/tenant/1', // RFC 8414 §5
    '/oauth2/default/.well-known/oauth-authorization-server',
    '/tenant/v2.0/.well-known/openid-configuration?p=policy',
  ])('accepts %s', (path) => {
    expect(closed.checkDiscoveryUrl(`https://idp.example.com${path}`).ok).toBe(true)
  })

  it.each([
    '/',
    '/admin',
    '/.well-known/',
    '/.well-known/security.txt',
    '/.well-known/openid-configuration/', // nothing was inserted
    '/.well-known/openid-configurations',
    '/x.well-known/openid-configuration',
    '/realms/main/.well-known/openid-configuration/admin',
    '/.WELL-KNOWN/openid-configuration',
    '/?/.well-known/openid-configuration',
    '/.well-known/openid-configuration/../../admin',
    '/.well-known/openid-configuration/%2e%2e/%2e%2e/admin',
    '/.well-known/openid-configuration/..%2f..%2fadmin',
    '/.well-known/openid-configuration/..%5c..%5cadmin',
    '/admin%3f/..%252f/.well-known/openid-configuration',
    '/admin%00/.well-known/openid-configuration',
  ])('refuses the path %s (DR-07)', (path) => {
    expect(closed.checkDiscoveryUrl(`https://idp.example.com${path}`)).toEqual(refusal('invalid_url'))
  })
})

describe('checkAddress', () => {
  it.each([
    '8.8.8.8',
    '1.1.1.1',
    '168.63.129.15',
    '172.32.0.1',
    '100.128.0.1',
    '2606:4700:4700::1111',
    '2a00:1450:4001::1',
    '2001:4860:4860::8888',
  ])('accepts the public address %s', (address) => {
    expect(closed.checkAddress(address, publicUrl).ok).toBe(true)
  })

  it.each([
    ['this network', '0.0.0.0'],
    ['this network', '0.1.2.3'],
    ['private', '10.0.0.1'],
    ['private', '172.16.0.1'],
    ['private', '192.168.0.1'],
    ['shared', '100.64.0.1'],
    ['shared: Alibaba metadata', '100.100.100.200'],
    ['loopback', '127.0.0.1'],
    ['loopback', '127.255.255.254'],
    ['link-local: metadata', '169.254.169.254'],
    ['protocol assignments: Oracle metadata', '192.0.0.192'],
    ['documentation', '192.0.2.1'],
    ['6to4 relay', '192.88.99.1'],
    ['benchmarking', '198.18.0.1'],
    ['benchmarking', '198.19.255.255'],
    ['documentation', '198.51.100.1'],
    ['documentation', '203.0.113.1'],
    ['multicast', '224.0.0.1'],
    ['reserved', '240.0.0.1'],
    ['broadcast', '255.255.255.255'],
    ['Azure host', '168.63.129.16'],
    ['unspecified', '::'],
    ['loopback', '::1'],
    ['IPv4-mapped, private', '::ffff:127.0.0.1'],
    ['IPv4-mapped, public', '::ffff:8.8.8.8'],
    ['IPv4-compatible', '::7f00:1'],
    ['IPv4-compatible, public', '::808:808'],
    ['IPv4-translated', '::ffff:0:127.0.0.1'],
    ['NAT64', '64:ff9b::a9fe:a9fe'],
    ['NAT64, public', '64:ff9b::808:808'],
    ['NAT64, local', '64:ff9b:1::a9fe:a9fe'],
    ['discard', '100::1'],
    ['Teredo', '2001:0:a9fe:a9fe::1'],
    ['benchmarking', '2001:2::1'],
    ['AMT', '2001:3::1'],
    ['ORCHID', '2001:10::1'],
    ['ORCHIDv2', '2001:20::1'],
    ['documentation', '2001:db8::1'],
    ['documentation', '3fff::1'],
    ['6to4', '2002:a9fe:a9fe::'],
    ['6to4, public', '2002:808:808::1'],
    ['segment routing', '5f00::1'],
    ['unique local', 'fc00::1'],
    ['unique local: AWS metadata', 'fd00:ec2::254'],
    ['link-local', 'fe80::1'],
    ['link-local with zone', 'fe80::1%eth0'],
    ['public with zone', '2606:4700::1%eth0'],
    ['site-local', 'fec0::1'],
    ['multicast', 'ff02::1'],
    ['ISATAP, private', '2606:4700::5efe:a00:1'],
    ['ISATAP, universal bit', '2606:4700::200:5efe:a00:1'],
    ['unassigned', '4000::1'],
    ['unassigned', '1::1'],
    ['short spelling', '127.1'],
    ['hexadecimal', '0x8.8.8.8'],
    ['octal', '010.8.8.8'],
    ['not an address', 'idp.example.com'],
    ['empty', ''],
  ])('refuses %s %s', (_kind, address) => {
    expect(closed.checkAddress(address, publicUrl)).toEqual(refusal('target_not_allowed'))
  })

  it('accepts a private address in an opened network, on its port', () => {
    const policy = policyWith('10.1.0.0/16:443')
    expect(policy.checkAddress('10.1.2.3', publicUrl).ok).toBe(true)
    expect(policy.checkAddress('10.2.2.3', publicUrl)).toEqual(refusal('target_not_allowed'))
    expect(policy.checkAddress('10.1.2.3', new URL('https://idp.example.com:8443/'))).toEqual(refusal('target_not_allowed'))
  })

  it('accepts whatever an opened name resolves to, and nothing for other names', () => {
    const policy = policyWith('idp.corp.internal')
    expect(policy.checkAddress('10.1.2.3', new URL('https://idp.corp.internal/')).ok).toBe(true)
    expect(policy.checkAddress('10.1.2.3', publicUrl)).toEqual(refusal('target_not_allowed'))
  })
})

describe('what a tenant reads', () => {
  it('is one text for a refused and for an unreachable address (DR-29)', () => {
    expect(publicTexts.target_not_allowed).toBe(publicTexts.unreachable)
  })
})
