/** Asymmetric signature algorithms the gate knows (RFC 7518 §3, RFC 8037, RFC 9864). Nothing else can be allowed, whatever is stored. */
export const signatureAlgorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
] as const

export type SignatureAlgorithm = (typeof signatureAlgorithms)[number]

/** What a key must be to serve an algorithm, and how WebCrypto calls it. */
export interface AlgorithmRule {
  readonly kty: 'RSA' | 'EC' | 'OKP'
  readonly crv?: 'P-256' | 'P-384' | 'P-521' | 'Ed25519'
  readonly webCrypto: { readonly name: string; readonly hash?: string; readonly namedCurve?: string }
}

const rsa = (name: 'RSASSA-PKCS1-v1_5' | 'RSA-PSS', bits: number): AlgorithmRule => ({
  kty: 'RSA',
  webCrypto: { name, hash: `SHA-${bits}` },
})
const ec = (crv: 'P-256' | 'P-384' | 'P-521'): AlgorithmRule => ({ kty: 'EC', crv, webCrypto: { name: 'ECDSA', namedCurve: crv } })
const edwards: AlgorithmRule = { kty: 'OKP', crv: 'Ed25519', webCrypto: { name: 'Ed25519' } }

/** `EdDSA` with Ed25519 and `Ed25519` are two names of one algorithm (RFC 9864 §2.2): allowing one allows both. */
export const algorithmRules: Readonly<Record<SignatureAlgorithm, AlgorithmRule>> = {
  RS256: rsa('RSASSA-PKCS1-v1_5', 256),
  RS384: rsa('RSASSA-PKCS1-v1_5', 384),
  RS512: rsa('RSASSA-PKCS1-v1_5', 512),
  PS256: rsa('RSA-PSS', 256),
  PS384: rsa('RSA-PSS', 384),
  PS512: rsa('RSA-PSS', 512),
  ES256: ec('P-256'),
  ES384: ec('P-384'),
  ES512: ec('P-521'),
  EdDSA: edwards,
  Ed25519: edwards,
}

/** Whether a header's `alg` names an algorithm of the list, byte for byte: `none`, HMAC and other spellings are no names of it. */
export const isSignatureAlgorithm = (alg: unknown): alg is SignatureAlgorithm =>
  typeof alg === 'string' && Object.hasOwn(algorithmRules, alg)

/** The names in which an algorithm may be written; of unknown names nothing is left. */
export function withBothNames(algorithms: readonly string[]): ReadonlySet<SignatureAlgorithm> {
  const names = new Set<SignatureAlgorithm>()
  for (const name of algorithms) {
    if (!isSignatureAlgorithm(name)) continue
    for (const same of namesOf(name)) names.add(same)
  }
  return names
}

const namesOf = (name: SignatureAlgorithm): readonly SignatureAlgorithm[] =>
  algorithmRules[name] === edwards ? ['EdDSA', 'Ed25519'] : [name]
