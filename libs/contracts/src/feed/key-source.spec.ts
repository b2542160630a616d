import { describe, expect, it } from 'vitest'

import { keySourceOf, keySourceSchema } from './key-source.js'

const issuer = 'https://idp.example'
const one = { kty: 'OKP', crv: 'Ed25519', x: 'AAAA', kid: '1' }
const two = { ...one, x: 'BBBB', kid: '2' }

describe('the digest of a key source', () => {
  it('is the one that other versions made', () => {
    expect(keySourceOf({ issuer, jwksUri: 'https://idp.example/keys' })).toBe('Wxr5v2IewVqupi_67CHbBmdaPP5gYhh_sKudh2f3fK0')
    expect(keySourceOf({ issuer, inlineKeys: [one, two] })).toBe('wkX71ycwD8XipvdJOnoyjaYR9fV8vHN3Q1QxnwM-JEU')
  })

  it('is another one for another issuer, address, key or member of a key', () => {
    const sources = [
      { issuer, jwksUri: 'https://idp.example/keys' },
      { issuer: 'https://other.example', jwksUri: 'https://idp.example/keys' },
      { issuer, jwksUri: 'https://idp.example/other' },
      { issuer, inlineKeys: [one] },
      { issuer: 'https://other.example', inlineKeys: [one] },
      { issuer, inlineKeys: [two] },
      { issuer, inlineKeys: [one, two] },
      { issuer, inlineKeys: [{ ...one, alg: 'EdDSA' }] },
      { issuer, inlineKeys: [] },
    ]
    const digests = sources.map(keySourceOf)
    expect(new Set(digests).size).toBe(sources.length)
    for (const digest of digests) expect(keySourceSchema.parse(digest)).toBe(digest)
  })

  it('does not depend on the order of keys and members', () => {
    const turned = Object.fromEntries(Object.entries(one).reverse())
    expect(keySourceOf({ issuer, inlineKeys: [two, turned] })).toBe(keySourceOf({ issuer, inlineKeys: [one, two] }))
  })

  it.each(['', 'A'.repeat(42), 'A'.repeat(44), `${'A'.repeat(42)}=`])('%j is none', (text) => {
    expect(keySourceSchema.safeParse(text).success).toBe(false)
  })
})
