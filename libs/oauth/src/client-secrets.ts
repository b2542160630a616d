import { createHmac, type KeyObject, randomBytes, timingSafeEqual } from 'node:crypto'
import { crc32 } from 'node:zlib'

/*
 * Format of a client secret: `cmb_` + 43 characters base64url of 32 random bytes + 6 characters base64url of the CRC-32 (big endian)
 * of everything before them. The prefix and the checksum let a secret scanner recognise one without asking us; the checksum proves
 * nothing else. 53 characters, none of which a form or a Basic header has to escape.
 */
const prefix = 'cmb_'
const randomLength = 43
const checksumLength = 6
const secretForm = /^cmb_[A-Za-z0-9_-]{49}$/

/** Length of a digest of a client secret in bytes (HMAC-SHA-256). */
export const clientSecretDigestLength = 32

function checksumOf(text: string): string {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(crc32(text))
  return bytes.toString('base64url')
}

/** A fresh client secret of 256 bits; shown once, never stored. */
export function makeClientSecret(): string {
  const body = prefix + randomBytes(32).toString('base64url')
  return body + checksumOf(body)
}

/** Whether a text is a client secret by form and checksum: for secret scanners and for redaction, never for authentication. */
export function looksLikeClientSecret(text: string): boolean {
  const body = text.slice(0, prefix.length + randomLength)
  return secretForm.test(text) && text.slice(-checksumLength) === checksumOf(body)
}

/** The key of the digests: its bytes, or made ready by `createSecretKey`, which spares every digest a third of its time. */
export type Pepper = string | Uint8Array | KeyObject

/**
 * What is stored in place of a secret: HMAC-SHA-256 under the installation's pepper, base64url. A slow hash would add nothing to
 * 256 random bits and would cost every request.
 */
export function clientSecretDigest(pepper: Pepper, secret: string): string {
  return digestBytes(pepper, secret).toString('base64url')
}

function digestBytes(pepper: Pepper, secret: string): Buffer {
  if (lengthOf(pepper) === 0) throw new TypeError('the pepper is empty')
  return createHmac('sha256', pepper).update(secret, 'utf8').digest()
}

const lengthOf = (pepper: Pepper): number | undefined =>
  typeof pepper === 'string' || pepper instanceof Uint8Array ? pepper.length : pepper.symmetricKeySize

/** Digests that one client may have live at once; also the number of comparisons that every call makes. */
export const maxLiveSecrets = 2

/** Stands in for a missing digest. No input hashes to it but by chance of 2^-256, and a match with it is not counted anyway. */
const noDigest = Buffer.alloc(clientSecretDigestLength)

/**
 * Whether a presented secret is one of a client's live secrets. One HMAC and always {@link maxLiveSecrets} comparisons in constant
 * time: pass an empty list for an unknown client, and it costs what a wrong secret costs.
 *
 * @param digests what {@link clientSecretDigest} gave for the live secrets; throws TypeError for more than {@link maxLiveSecrets}
 */
export function matchesClientSecret(pepper: Pepper, presented: string, digests: readonly string[]): boolean {
  if (digests.length > maxLiveSecrets) throw new TypeError('a client has at most two live secrets')
  const digest = digestBytes(pepper, presented)
  let matches = 0
  for (let index = 0; index < maxLiveSecrets; index += 1) {
    const decoded = Buffer.from(digests[index] ?? '', 'base64url')
    const known = decoded.length === clientSecretDigestLength
    const equal = timingSafeEqual(digest, known ? decoded : noDigest)
    matches |= Number(equal) & Number(known)
  }
  return matches === 1
}
