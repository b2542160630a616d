import { isIP } from 'node:net'

import { z } from 'zod'

import { Secret } from './secret.js'

// Every rule reads a text and words its refusal as "must …", so that a problem reads `<variable> must …` and never shows the value.

export const portRule = z
  .string()
  .regex(/^\d{1,5}$/, 'must be a port number from 1 to 65535')
  .transform(Number)
  .refine((port) => port >= 1 && port <= 65_535, 'must be a port number from 1 to 65535')

/** A whole number of seconds; the bounds are part of the sentence. */
export function secondsRule(from: number, to: number) {
  const sentence = `must be a whole number of seconds from ${from} to ${to}`
  return z
    .string()
    .regex(/^\d{1,9}$/, sentence)
    .transform(Number)
    .refine((seconds) => seconds >= from && seconds <= to, sentence)
}

/** A whole number of milliseconds. */
export function millisecondsRule(from: number, to: number) {
  const sentence = `must be a whole number of milliseconds from ${from} to ${to}`
  return z
    .string()
    .regex(/^\d{1,9}$/, sentence)
    .transform(Number)
    .refine((milliseconds) => milliseconds >= from && milliseconds <= to, sentence)
}

/** One of a few words. */
export function choiceRule<const T extends string>(...choices: readonly T[]) {
  return z
    .string()
    .refine((text) => (choices as readonly string[]).includes(text), `must be one of ${choices.join(', ')}`)
    .transform((text) => text as T)
}

export const bindAddressRule = z
  .string()
  .refine((text) => isIP(text) !== 0, 'must be an IP address to listen on, such as 127.0.0.1 or 0.0.0.0')

const loopbackHosts = new Set(['localhost', '127.0.0.1', '[::1]'])

/**
 * An issuer (RFC 8414 §2) as Cambio issues it: an origin without a path, so that its metadata lies at the plain
 * well-known address, and https unless it is this machine.
 */
export const issuerRule = z.string().superRefine((text, context) => {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.origin !== text) {
    context.addIssue('must be an origin such as https://tokens.example.com, without path, query or closing slash')
  } else if (url.protocol !== 'https:' && !(url.protocol === 'http:' && loopbackHosts.has(url.hostname))) {
    context.addIssue('must begin with https:// unless its host is localhost')
  }
})

/** One or more NATS servers, separated by commas. Credentials have variables of their own and do not belong into an address. */
export const natsUrlRule = z
  .string()
  .regex(
    /^(?:nats|tls):\/\/[A-Za-z0-9.:_[\]-]+(?:,(?:nats|tls):\/\/[A-Za-z0-9.:_[\]-]+)*$/,
    'must be nats://host:port or tls://host:port, several separated by commas, without user and password',
  )
  .transform((text): readonly string[] => text.split(','))

/** An odd number, so that a majority outlives the loss of a server; JetStream takes no more than 5. */
export const bucketReplicasRule = z.enum(['1', '3', '5'], 'must be 1, 3 or 5').transform(Number)

/** The address of a MongoDB deployment. It may hold a password, so it is a secret; it names no database (docs/architecture.md). */
export const mongoUriRule = z
  .string()
  .regex(/^mongodb(?:\+srv)?:\/\/[^/?#\s]+\/?(?:\?[^#\s]*)?$/, 'must be a mongodb:// or mongodb+srv:// address that names no database')
  .transform((text) => new Secret(text))

export const textRule = z.string().regex(/^[\x21-\x7e]{1,256}$/, 'must be 1 to 256 printable ASCII characters without spaces')

export const secretTextRule = textRule.transform((text) => new Secret(text))

/** Key material: 64 hexadecimal digits or more, or base64url of 32 bytes or more. */
export function keyRule({ exactly32 = false } = {}) {
  const sentence = exactly32
    ? 'must be 32 random bytes in base64url (43 characters) or hexadecimal (64 digits)'
    : 'must be at least 32 random bytes in base64url or hexadecimal'
  return z
    .string()
    .regex(/^[A-Za-z0-9_-]+={0,2}$/, sentence)
    .transform((text) => (/^(?:[0-9a-f]{2}){32,}$/i.test(text) ? Buffer.from(text, 'hex') : Buffer.from(text, 'base64url')))
    .refine((bytes) => (exactly32 ? bytes.length === 32 : bytes.length >= 32), sentence)
    .transform((bytes) => new Secret<Uint8Array>(bytes))
}

/** Hosts (`idp.internal`, `.internal` for all below it) and address ranges, separated by commas; whoever uses them reads each. */
export const addressListRule = z
  .string()
  .transform((text) => text.split(',').map((item) => item.trim()))
  .refine(
    (items) => items.every((item) => /^[A-Za-z0-9.:*[\]_-]{1,253}(?:\/\d{1,3})?$/.test(item)),
    'must be host names, addresses or ranges such as 10.0.0.0/8, separated by commas',
  )
  .transform((items): readonly string[] => items)
