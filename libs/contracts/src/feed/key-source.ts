import { createHash } from 'node:crypto'

import { z } from 'zod'

/** The digest that `keySourceOf` makes: 43 characters of base64url. */
export const keySourceSchema = z.string().regex(/^[A-Za-z0-9_-]{43}$/)

/** Whose keys they are, and where they come from: an address, or the administrator who gave them. */
export type KeySource =
  | { readonly issuer: string; readonly jwksUri: string }
  /** Public members only; neither the order of the keys nor that of their members matters. */
  | { readonly issuer: string; readonly inlineKeys: readonly object[] }

/**
 * The SHA-256 of a key source as base64url. A registration and a key set travel apart, each in its own time; only while
 * both carry the same digest do the keys verify tokens of the issuer.
 */
export function keySourceOf(source: KeySource): string {
  const parts =
    'jwksUri' in source ? ['uri', source.issuer, source.jwksUri] : ['inline', source.issuer, ...source.inlineKeys.map(canonical).sort()]
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url')
}

function canonical(key: object): string {
  const members: [string, unknown][] = Object.entries(key)
  return JSON.stringify(members.sort(([a], [b]) => (a < b ? -1 : 1)))
}
