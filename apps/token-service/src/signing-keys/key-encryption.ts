import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { type EncryptedKey } from '@cambio/contracts'

const ALGORITHM = 'aes-256-gcm'
const IV_BYTES = 12
const TAG_BYTES = 16

/** Length of `CAMBIO_KEY_ENCRYPTION_KEY` in bytes. */
export const KEY_ENCRYPTION_KEY_BYTES = 32

/**
 * Encrypts a private key by AES-256-GCM with a fresh 96-bit IV (NIST SP 800-38D §8.2.2).
 *
 * @param kid authenticated with the ciphertext, so that one key's ciphertext cannot be put under another's name
 */
export function encryptPrivateKey(keyEncryptionKey: Uint8Array, kid: string, privateKey: string): EncryptedKey {
  const iv = randomBytes(IV_BYTES)
  const cipher = createCipheriv(ALGORITHM, keyEncryptionKey, iv, { authTagLength: TAG_BYTES })
  cipher.setAAD(Buffer.from(kid, 'utf8'))
  const ciphertext = Buffer.concat([cipher.update(privateKey, 'utf8'), cipher.final()])
  return {
    v: 1,
    iv: iv.toString('base64url'),
    ciphertext: ciphertext.toString('base64url'),
    tag: cipher.getAuthTag().toString('base64url'),
  }
}

/** @returns undefined when the key encryption key is another one, or the ciphertext was changed */
export function decryptPrivateKey(keyEncryptionKey: Uint8Array, kid: string, encrypted: EncryptedKey): string | undefined {
  try {
    const decipher = createDecipheriv(ALGORITHM, keyEncryptionKey, Buffer.from(encrypted.iv, 'base64url'), { authTagLength: TAG_BYTES })
    decipher.setAAD(Buffer.from(kid, 'utf8'))
    decipher.setAuthTag(Buffer.from(encrypted.tag, 'base64url'))
    return Buffer.concat([decipher.update(Buffer.from(encrypted.ciphertext, 'base64url')), decipher.final()]).toString('utf8')
  } catch {
    return undefined // node:crypto throws alike for a wrong key, a wrong tag and a malformed IV
  }
}
