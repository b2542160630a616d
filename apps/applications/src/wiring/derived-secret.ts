import { hkdfSync } from 'node:crypto'

/** A key for one purpose out of the pepper (RFC 5869), so that one purpose tells nothing about another; the same in all replicas. */
export function deriveSecret(pepper: Uint8Array, purpose: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', pepper, new Uint8Array(), `cambio applications: ${purpose}`, 32))
}
