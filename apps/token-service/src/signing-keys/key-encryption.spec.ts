import { type EncryptedKey } from '@cambio/contracts'
import { secretScan } from '@cambio/testing'
import { describe, expect, it } from 'vitest'

import { decryptPrivateKey, encryptPrivateKey, KEY_ENCRYPTION_KEY_BYTES } from './key-encryption.js'

const KEY = Buffer.alloc(KEY_ENCRYPTION_KEY_BYTES, 1)
const PRIVATE = '{"kty":"EC","d":"the private part of a key"}'

const flipped = (text: string): string => {
  const bytes = Buffer.from(text, 'base64url')
  bytes[0]! ^= 1
  return bytes.toString('base64url')
}

describe('a private key at rest', () => {
  const encrypted = encryptPrivateKey(KEY, 'kid-1', PRIVATE)

  it('comes back under the same key and name', () => {
    expect(decryptPrivateKey(KEY, 'kid-1', encrypted)).toBe(PRIVATE)
  })

  it('is not in what is stored', () => {
    expect(secretScan(JSON.stringify(encrypted), [PRIVATE])).toEqual([])
    expect(Buffer.from(encrypted.ciphertext, 'base64url').toString('latin1')).not.toContain('private')
  })

  it('is encrypted under a fresh IV of 96 bits each time', () => {
    const ivs = Array.from({ length: 50 }, () => encryptPrivateKey(KEY, 'kid-1', PRIVATE).iv)
    expect(new Set(ivs).size).toBe(50)
    expect(Buffer.from(ivs[0]!, 'base64url')).toHaveLength(12)
  })

  it('does not open under another key', () => {
    expect(decryptPrivateKey(Buffer.alloc(32, 2), 'kid-1', encrypted)).toBeUndefined()
  })

  it('does not open under another key’s name', () => {
    expect(decryptPrivateKey(KEY, 'kid-2', encrypted)).toBeUndefined()
  })

  it.each([
    ['ciphertext', { ciphertext: flipped(encrypted.ciphertext) }],
    ['IV', { iv: flipped(encrypted.iv) }],
    ['tag', { tag: flipped(encrypted.tag) }],
    ['a tag of 4 bytes, which an attacker could guess', { tag: encrypted.tag.slice(0, 6) }],
    ['an empty tag', { tag: '' }],
    ['an empty IV', { iv: '' }],
    ['no ciphertext', { ciphertext: '' }],
  ] satisfies [string, Partial<EncryptedKey>][])('does not open when it was tampered with: %s', (_name, change) => {
    expect(decryptPrivateKey(KEY, 'kid-1', { ...encrypted, ...change })).toBeUndefined()
  })
})
