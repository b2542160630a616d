import { createHmac } from 'node:crypto'

import { describe, expect, it } from 'vitest'

import { clientSecretDigest, looksLikeClientSecret, makeClientSecret, matchesClientSecret } from './client-secrets.js'

const pepper = 'pepper of this installation'

describe('client secrets', () => {
  it('have the prefix, 256 random bits and a checksum, in 53 characters that no encoding changes', () => {
    const secret = makeClientSecret()
    expect(secret).toMatch(/^cmb_[A-Za-z0-9_-]{49}$/)
    expect(Buffer.from(secret.slice(4, 47), 'base64url')).toHaveLength(32)
    expect(new Set(Array.from({ length: 100 }, makeClientSecret)).size).toBe(100)
  })

  it('are recognised by form and checksum', () => {
    const secret = makeClientSecret()
    expect(looksLikeClientSecret(secret)).toBe(true)
    const other = secret[10] === 'A' ? 'B' : 'A'
    expect(looksLikeClientSecret(secret.slice(0, 10) + other + secret.slice(11))).toBe(false)
    expect(looksLikeClientSecret(` ${secret}`)).toBe(false)
    expect(looksLikeClientSecret(secret.slice(0, -1))).toBe(false)
    expect(looksLikeClientSecret(secret.replace('cmb_', 'cmc_'))).toBe(false)
  })

  it('keep their documented format, so that scanners need no update', () => {
    expect(looksLikeClientSecret(`cmb_${'A'.repeat(43)}v5wfQg`)).toBe(true)
  })

  it('are stored as HMAC-SHA-256 under the pepper', () => {
    expect(clientSecretDigest(pepper, 'secret')).toBe(createHmac('sha256', pepper).update('secret').digest('base64url'))
    expect(clientSecretDigest('another pepper', 'secret')).not.toBe(clientSecretDigest(pepper, 'secret'))
    expect(() => clientSecretDigest('', 'secret')).toThrow(new TypeError('the pepper is empty'))
  })
})

describe('matchesClientSecret', () => {
  const first = makeClientSecret()
  const second = makeClientSecret()
  const digests = [clientSecretDigest(pepper, first), clientSecretDigest(pepper, second)]

  it('accepts either of two live secrets', () => {
    expect(matchesClientSecret(pepper, first, digests)).toBe(true)
    expect(matchesClientSecret(pepper, second, digests)).toBe(true)
    expect(matchesClientSecret(pepper, second, digests.slice(1))).toBe(true)
  })

  it('refuses a retired secret, another pepper and an empty text (CA-02)', () => {
    expect(matchesClientSecret(pepper, first, digests.slice(1))).toBe(false)
    expect(matchesClientSecret('another pepper', first, digests)).toBe(false)
    expect(matchesClientSecret(pepper, '', digests)).toBe(false)
  })

  it('refuses a prefix, a suffix and a padded secret (CA-08)', () => {
    for (const wrong of [first.slice(0, 40), first.slice(1), `${first}\0`, `${first} `, first + first, first.repeat(3).slice(0, 72)]) {
      expect(matchesClientSecret(pepper, wrong, digests), wrong).toBe(false)
    }
  })

  it('refuses everything for an unknown client, whose digests are none (CA-04)', () => {
    expect(matchesClientSecret(pepper, first, [])).toBe(false)
  })

  it('never matches a malformed digest', () => {
    expect(matchesClientSecret(pepper, first, ['', 'x'])).toBe(false)
    expect(matchesClientSecret(pepper, first, [`${digests[0]!}AAAA`])).toBe(false)
    expect(matchesClientSecret(pepper, first, ['', digests[0]!])).toBe(true)
  })

  it('refuses to compare more than two', () => {
    expect(() => matchesClientSecret(pepper, first, [...digests, digests[0]!])).toThrow(TypeError)
  })
})
