import { describe, expect, it } from 'vitest'
import { readIpAddress } from './address-ranges.js'
import { type FetchAllowList, parseFetchAllow } from './fetch-allow.js'

function listOf(text: string): FetchAllowList {
  const parsed = parseFetchAllow(text)
  if (!parsed.ok) throw new TypeError(parsed.failure.detail)
  return parsed.value
}

function opens(list: FetchAllowList, address: string, port: number): boolean {
  return list.opensAddress(readIpAddress(address)!, port)
}

describe('parseFetchAllow', () => {
  it('opens nothing for an empty text', () => {
    const list = listOf('  ')
    expect(list.opensHost('localhost', 443)).toBe(false)
    expect(opens(list, '127.0.0.1', 443)).toBe(false)
  })

  it('opens every port of an entry without a port, and only the named one otherwise', () => {
    const list = listOf('localhost, IDP.corp.internal:8443 ,127.0.0.1,10.1.0.0/16:8080')
    expect(list.opensHost('localhost', 1)).toBe(true)
    expect(list.opensHost('idp.corp.internal', 8443)).toBe(true)
    expect(list.opensHost('idp.corp.internal', 443)).toBe(false)
    expect(list.opensHost('other.corp.internal', 8443)).toBe(false)
    expect(opens(list, '127.0.0.1', 9400)).toBe(true)
    expect(opens(list, '127.0.0.2', 9400)).toBe(false)
    expect(opens(list, '10.1.255.255', 8080)).toBe(true)
    expect(opens(list, '10.1.255.255', 8081)).toBe(false)
    expect(opens(list, '10.2.0.0', 8080)).toBe(false)
  })

  it('reads IPv6 bare, in brackets and with a port', () => {
    const list = listOf('::1,[fd00::/8]:8443,[fc00::1]')
    expect(opens(list, '::1', 1)).toBe(true)
    expect(opens(list, 'fd12::1', 8443)).toBe(true)
    expect(opens(list, 'fd12::1', 443)).toBe(false)
    expect(opens(list, 'fc00::1', 443)).toBe(true)
    expect(opens(list, 'fc00::2', 443)).toBe(false)
  })

  it('does not open the IPv6 spellings of an IPv4 entry, nor the reverse', () => {
    const list = listOf('127.0.0.0/8,::ffff:10.0.0.1')
    expect(opens(list, '::ffff:127.0.0.1', 443)).toBe(false)
    expect(opens(list, '10.0.0.1', 443)).toBe(false)
  })

  it.each([
    ['https://idp.test', 'entry 1: a URL; only its host and port are wanted'],
    ['localhost,', 'entry 2: neither a host name nor an address nor a network in CIDR form'],
    ['*.corp.internal', 'entry 1: neither a host name nor an address nor a network in CIDR form'],
    ['127.1', 'entry 1: neither a host name nor an address nor a network in CIDR form'],
    ['0x7f.0.0.1:80', 'entry 1: neither a host name nor an address nor a network in CIDR form'],
    ['localhost:0', 'entry 1: the port is not a number from 1 to 65535'],
    ['localhost:65536', 'entry 1: the port is not a number from 1 to 65535'],
    ['localhost:', 'entry 1: the port is not a number from 1 to 65535'],
    ['0.0.0.0/0', 'entry 1: the prefix length is not a number from 1 to 32'],
    ['10.0.0.0/33', 'entry 1: the prefix length is not a number from 1 to 32'],
    ['10.0.0.0/8/8', 'entry 1: the prefix length is not a number from 1 to 32'],
    ['fd00::/129', 'entry 1: the prefix length is not a number from 1 to 128'],
    ['localhost,10.1.2.3/8', 'entry 2: the address has bits set beyond the prefix length'],
    ['localhost/8', 'entry 1: not an address before the prefix length'],
    ['[localhost]:80', 'entry 1: brackets are for IPv6'],
    ['fe80::1%eth0', 'entry 1: neither a host name nor an address nor a network in CIDR form'],
  ])('refuses %s and names the entry, not its value', (text, detail) => {
    expect(parseFetchAllow(text)).toEqual({ ok: false, failure: { detail } })
  })
})
