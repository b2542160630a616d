/** Bounds of an RSA key: below, it can be broken; above, one verification costs more than a stranger may make us spend. */
export const minRsaBits = 2048
export const maxRsaBits = 8192

/** Smallest and largest public exponent that is taken; FIPS 186-5 §5.4 for the lower bound, cost for the upper. */
const minExponent = 65_537n
const maxExponent = 2n ** 64n - 1n

/** Why an RSA key is not used. */
export type RsaWeakness = 'rsa_too_small' | 'rsa_too_large' | 'rsa_weak_modulus' | 'rsa_weak_exponent'

/** Primes of the ROCA fingerprint (CVE-2017-15361): those whose product divides the primorial of every vulnerable key size. */
const rocaPrimes = [
  3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107, 109, 113, 127, 131, 137, 139,
  149, 151, 157, 163, 167,
]

const rocaGenerator = 65_537

/** A vulnerable modulus is a power of 65537 modulo each of the primes; here the powers for each prime. */
const rocaPowers = rocaPrimes.map((prime) => {
  const powers = new Set<number>()
  for (let power = 1; !powers.has(power); power = (power * rocaGenerator) % prime) powers.add(power)
  return { prime: BigInt(prime), powers }
})

const rocaProduct = rocaPrimes.reduce((product, prime) => product * BigInt(prime), 1n)

/** Whether a modulus has the fingerprint of the broken key generator; an honest one has it by chance of about 2^-27. */
export function hasRocaFingerprint(modulus: bigint): boolean {
  const rest = modulus % rocaProduct
  return rocaPowers.every(({ prime, powers }) => powers.has(Number(rest % prime)))
}

/** Judges an RSA public key by its numbers; `undefined` when nothing speaks against it. */
export function rsaWeakness(modulusBytes: Uint8Array, exponentBytes: Uint8Array): RsaWeakness | undefined {
  if (modulusBytes.length > maxRsaBits / 8 + 1) return 'rsa_too_large' // before it becomes a number
  if (exponentBytes.length > 9) return 'rsa_weak_exponent'
  const modulus = toNumber(modulusBytes)
  const bits = modulus.toString(2).length
  if (bits < minRsaBits) return 'rsa_too_small'
  if (bits > maxRsaBits) return 'rsa_too_large'
  const exponent = toNumber(exponentBytes)
  if (exponent < minExponent || exponent > maxExponent || exponent % 2n === 0n) return 'rsa_weak_exponent'
  return modulus % 2n === 0n || hasRocaFingerprint(modulus) ? 'rsa_weak_modulus' : undefined
}

const toNumber = (bytes: Uint8Array): bigint => (bytes.length === 0 ? 0n : BigInt(`0x${Buffer.from(bytes).toString('hex')}`))
