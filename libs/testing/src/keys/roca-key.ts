import { checkPrimeSync, createPrivateKey, createPublicKey, randomBytes } from 'node:crypto'

import { type TestJwk, type TestKey, testKeyOf } from './test-key.js'

/** Infineon's generator used the product of the first 126 primes for keys of 1984 to 3936 bits (CVE-2017-15361, §2 of the paper). */
const primesInProduct = 126
const generator = 65_537n
const primeBits = 1024

let made: TestKey | undefined

/**
 * An RSA 2048 key as the flawed generator of CVE-2017-15361 (ROCA) made them: both primes are `k · M + (65537^a mod M)`.
 * It signs and verifies as any other, so that a test proves the refusal of the key and not of a signature.
 */
export function rocaKey(): TestKey {
  made ??= makeRocaKey()
  return made
}

/** The modulus of a card that was found in the wild (crocs-muni/roca, `roca/tests/data/mod03.txt`): nobody here can sign with it. */
const foundModulus =
  '9dcd7420e420c270a68060eb8b5aa7457a9f6648f86fafed2775cc1f79ae962f1e63f1b9e51c55f9ea6fdc7332e9b0058c9ff2eb1fc89855029cf6aafe21e689' +
  'feb38ac9ffb12f1ce371bb5d0e9aae64161abce74b4244bf68f1edb4411f756a097c8929c14740245ea355f8332d1aa36bb50c7dcb4505da8de02e4e53d38f8d' +
  'f06097da7524df0df93db48eac8cc4af2d3a16257eb2b2adca6ba464e5974fa92550d31b1babf161e7692d00b86e3dd886ecab4abfbe1a8f8cc263ff4af55cdb' +
  '45f4249a5193925f5e983d762f0b6800943eb0267b08f42ed311ce1f5c86eacbc8ce4d3cb7a2fee1ef5641423a1cf4114e5ecf50034a60a412523af9e6f4aa11'

export const foundRocaJwk: TestJwk = {
  kty: 'RSA',
  n: Buffer.from(foundModulus, 'hex').toString('base64url'),
  e: 'AQAB',
  kid: 'roca-found',
  alg: 'RS256',
  use: 'sig',
}

function makeRocaKey(): TestKey {
  const product = firstPrimes(primesInProduct).reduce((a, b) => a * b, 1n)
  const p = rocaPrime(product)
  const q = rocaPrime(product)
  const d = inverse(generator, (p - 1n) * (q - 1n))
  const jwk = {
    kty: 'RSA',
    n: base64url(p * q),
    e: 'AQAB',
    d: base64url(d),
    p: base64url(p),
    q: base64url(q),
    dp: base64url(d % (p - 1n)),
    dq: base64url(d % (q - 1n)),
    qi: base64url(inverse(q, p)),
  }
  const privateKey = createPrivateKey({ key: jwk, format: 'jwk' })
  return testKeyOf('RS256', 'roca', { privateKey, publicKey: createPublicKey(privateKey) })
}

/** A prime with its two highest bits set, so that the product of two has 2048 bits. */
function rocaPrime(product: bigint): bigint {
  const lowest = 3n << BigInt(primeBits - 2)
  const highest = 1n << BigInt(primeBits)
  for (;;) {
    const residue = power(generator, random(32), product)
    const candidate = lowest - (lowest % product) + product * (1n + (random(6) % ((highest - lowest) / product - 1n))) + residue
    if (candidate < highest && checkPrimeSync(candidate)) return candidate
  }
}

function firstPrimes(count: number): bigint[] {
  const primes: bigint[] = []
  for (let candidate = 2n; primes.length < count; candidate += 1n) {
    if (primes.every((prime) => candidate % prime !== 0n)) primes.push(candidate)
  }
  return primes
}

function random(bytes: number): bigint {
  return BigInt(`0x${randomBytes(bytes).toString('hex')}`)
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n
  for (let square = base % modulus, left = exponent; left > 0n; square = (square * square) % modulus, left >>= 1n) {
    if (left % 2n === 1n) result = (result * square) % modulus
  }
  return result
}

/** By the extended Euclidean algorithm; both numbers are coprime by construction (a prime e hardly ever divides p − 1). */
function inverse(value: bigint, modulus: bigint): bigint {
  let [r0, r1, s0, s1] = [value, modulus, 1n, 0n]
  while (r1 !== 0n) {
    const quotient = r0 / r1
    ;[r0, r1, s0, s1] = [r1, r0 - quotient * r1, s1, s0 - quotient * s1]
  }
  if (r0 !== 1n) throw new TypeError('the numbers have a common factor')
  return ((s0 % modulus) + modulus) % modulus
}

function base64url(value: bigint): string {
  const hex = value.toString(16)
  return Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex').toString('base64url')
}
