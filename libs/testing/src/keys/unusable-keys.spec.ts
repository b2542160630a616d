import { createPublicKey, verify } from 'node:crypto'
import { describe, expect, it } from 'vitest'

import { jwsSignature } from './jws-signature.js'
import { foundRocaJwk, rocaKey } from './roca-key.js'
import { unusableKeys } from './unusable-keys.js'

describe('unusable keys', () => {
  const keys = unusableKeys()

  it('carry what is wrong with them as their kid', () => {
    expect(Object.values(keys).map(({ jwk }) => jwk.kid)).toEqual(Object.keys(keys))
  })

  it.each(Object.entries(keys).filter(([, { key }]) => key !== undefined))(
    '%s verifies a genuine signature where nobody refuses it',
    (_, { jwk, key }) => {
      const signature = jwsSignature('RS256', key!.privateKey, 'input')
      const publicKey = createPublicKey({ key: jwk, format: 'jwk' })
      expect(verify('sha256', Buffer.from('input'), publicKey, signature)).toBe(true)
    },
  )

  it('have the sizes and exponents that they say', () => {
    const details = (kind: keyof typeof keys) => createPublicKey({ key: keys[kind].jwk, format: 'jwk' }).asymmetricKeyDetails
    expect(details('rsa-1024')).toMatchObject({ modulusLength: 1024, publicExponent: 65_537n })
    expect(details('rsa-e-3')).toMatchObject({ modulusLength: 2048, publicExponent: 3n })
    expect(details('rsa-e-1')).toMatchObject({ publicExponent: 1n })
    expect(details('rsa-e-even')).toMatchObject({ publicExponent: 65_536n })
    expect(details('rsa-16384')).toMatchObject({ modulusLength: 16_384 })
    expect(details('roca')).toMatchObject({ modulusLength: 2048, publicExponent: 65_537n })
    expect(details('roca-found')).toMatchObject({ modulusLength: 2048 })
    expect(modulusOf(keys['rsa-n-even'].jwk) % 2n).toBe(0n)
  })
})

describe('ROCA keys', () => {
  it('have the fingerprint of CVE-2017-15361, the made one as the one that was found', () => {
    expect(hasFingerprint(modulusOf(rocaKey().publicJwk))).toBe(true)
    expect(hasFingerprint(modulusOf(foundRocaJwk))).toBe(true)
    expect(hasFingerprint(modulusOf(unusableKeys()['rsa-e-3'].jwk))).toBe(false)
  })
})

function modulusOf(jwk: Readonly<Record<string, unknown>>): bigint {
  return BigInt(`0x${Buffer.from(String(jwk.n), 'base64url').toString('hex')}`)
}

/** The modulus is a power of 65537 modulo each of these primes; of a random one in 10^20 that holds by chance. */
function hasFingerprint(modulus: bigint): boolean {
  const primes = [11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157].map(BigInt)
  return primes.every((prime) => {
    const powers = new Set<bigint>()
    for (let power = 1n; !powers.has(power); power = (power * 65_537n) % prime) powers.add(power)
    return powers.has(modulus % prime)
  })
}
