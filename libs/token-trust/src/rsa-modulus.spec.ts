import { randomBytes } from 'node:crypto'

import { describe, expect, it } from 'vitest'

import { acceptKeySet } from './key-set.js'
import { hasRocaFingerprint } from './rsa-modulus.js'
import { keyA } from './testing/gate.js'

const primes = (count: number) => {
  const found: bigint[] = []
  for (let candidate = 2n; found.length < count; candidate += 1n) {
    if (found.every((prime) => candidate % prime !== 0n)) found.push(candidate)
  }
  return found
}

function powerMod(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n
  for (let b = base % modulus, e = exponent; e > 0n; e >>= 1n, b = (b * b) % modulus) if (e & 1n) result = (result * b) % modulus
  return result
}

/** A factor as the broken generator of CVE-2017-15361 made it: k·M + (65537^a mod M), with M the primorial for 2048-bit keys. */
function rocaFactor(): bigint {
  const primorial = primes(126).reduce((product, prime) => product * prime, 1n)
  const random = BigInt(`0x${randomBytes(32).toString('hex')}`)
  const k = (3n << 1022n) / primorial + (random >> 210n) // large enough for a product of 2048 bits
  return k * primorial + powerMod(65_537n, random, primorial)
}

describe('ROCA fingerprint (CVE-2017-15361)', () => {
  it('is found in moduli of the broken generator (ST-62)', () => {
    for (let round = 0; round < 5; round += 1) expect(hasRocaFingerprint(rocaFactor() * rocaFactor())).toBe(true)
  })

  it('drops such a key (ST-62)', () => {
    const n = (rocaFactor() * rocaFactor()).toString(16)
    const jwk = { kty: 'RSA', e: 'AQAB', kid: 'r', n: Buffer.from(n.padStart(n.length + (n.length % 2), '0'), 'hex').toString('base64url') }
    expect(acceptKeySet({ keys: [jwk] }).dropped).toEqual([{ index: 0, kid: 'r', reason: 'rsa_weak_modulus' }])
  })

  it('is not found in others', () => {
    const modulus = BigInt(`0x${Buffer.from(keyA.jwk['n'] as string, 'base64url').toString('hex')}`)
    expect(hasRocaFingerprint(modulus)).toBe(false)
    for (let offset = 2n; offset < 2000n; offset += 2n) expect(hasRocaFingerprint(modulus + offset)).toBe(false)
  })
})
