import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto'

const ivLength = 12
const tagLength = 16

/** A digest under the service's secret, base64url; parts are separated unambiguously. */
export function digest(secret: Uint8Array, ...parts: readonly string[]): string {
  return createHmac('sha256', secret).update(JSON.stringify(parts)).digest('base64url')
}

/**
 * Encrypts an answer (AES-256-GCM) under a key derived from the caller's `Idempotency-Key`, which is stored nowhere: an
 * answer may hold a client secret, and whoever reads the database alone must not learn it.
 */
export function sealAnswer(secret: Uint8Array, idempotencyKey: string, recordKey: string, answer: unknown): Uint8Array {
  const iv = randomBytes(ivLength)
  const cipher = createCipheriv('aes-256-gcm', derive(secret, idempotencyKey), iv).setAAD(Buffer.from(recordKey))
  const text = Buffer.concat([cipher.update(JSON.stringify(answer), 'utf8'), cipher.final()])
  return Buffer.concat([iv, cipher.getAuthTag(), text])
}

/** The answer back. @throws Error if it was not sealed under this secret, `Idempotency-Key` and record */
export function openAnswer(secret: Uint8Array, idempotencyKey: string, recordKey: string, sealed: Uint8Array): unknown {
  const bytes = Buffer.from(sealed)
  const decipher = createDecipheriv('aes-256-gcm', derive(secret, idempotencyKey), bytes.subarray(0, ivLength), {
    authTagLength: tagLength,
  })
    .setAAD(Buffer.from(recordKey))
    .setAuthTag(bytes.subarray(ivLength, ivLength + tagLength))
  const text = Buffer.concat([decipher.update(bytes.subarray(ivLength + tagLength)), decipher.final()])
  return JSON.parse(text.toString('utf8')) as unknown
}

function derive(secret: Uint8Array, idempotencyKey: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', idempotencyKey, secret, 'cambio idempotent answer v1', 32))
}
