import { type EncryptedKey, type SigningKeyValue } from '@cambio/contracts'
import { createCipheriv, createHash, randomBytes } from 'node:crypto'

import { FIXED_NOW_MS } from '../clock/fixed-clock.js'
import { testKey, type TestKey } from '../keys/test-key.js'

/**
 * A signing key of ours, active since a day before `FIXED_NOW`. Its private part is encrypted under a key that nobody
 * keeps: readers of the feed can verify with it and no one can sign.
 */
export function aSigningKey(
  overrides: Partial<SigningKeyValue> = {},
  key: TestKey = testKey('ES256', { name: 'signing' }),
): SigningKeyValue {
  const kid = thumbprint(key)
  return {
    kid,
    alg: key.alg === 'RS256' ? 'RS256' : key.alg === 'EdDSA' ? 'EdDSA' : 'ES256',
    publicJwk: { ...key.publicJwk, kid },
    encryptedPrivateKey: encrypted(JSON.stringify(key.privateJwk)),
    activeFrom: new Date(FIXED_NOW_MS - 86_400_000).toISOString(),
    ...overrides,
  }
}

/** RFC 7638 §3.2: the required members of each key type, in this order. */
const required: Readonly<Record<string, readonly string[]>> = {
  EC: ['crv', 'kty', 'x', 'y'],
  OKP: ['crv', 'kty', 'x'],
  RSA: ['e', 'kty', 'n'],
}

/** The thumbprint of a public key (RFC 7638 §3), which is the `kid` of our signing keys. */
export function thumbprint({ publicJwk }: Pick<TestKey, 'publicJwk'>): string {
  const members = (required[publicJwk.kty] ?? []).map((name) => [name, publicJwk[name]])
  return createHash('sha256')
    .update(JSON.stringify(Object.fromEntries(members)))
    .digest('base64url')
}

function encrypted(text: string): EncryptedKey {
  const iv = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', randomBytes(32), iv)
  const ciphertext = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  return {
    v: 1,
    iv: iv.toString('base64url'),
    ciphertext: ciphertext.toString('base64url'),
    tag: cipher.getAuthTag().toString('base64url'),
  }
}
