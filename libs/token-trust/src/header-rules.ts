import { isSignatureAlgorithm, type SignatureAlgorithm } from './algorithms.js'
import { type JsonObject } from './strict-json.js'
import { rejected, type Rejected } from './token-rejection.js'
import { type TrustedIssuer } from './trusted-issuer.js'
import { maxKidLength } from './verification-key.js'

/** What the gate takes from a header; everything else in it is ignored. */
export interface CheckedHeader {
  readonly alg: SignatureAlgorithm
  readonly kid: string | undefined
  readonly typ: 'absent' | 'jwt' | 'at+jwt'
}

/**
 * Members that bring a key along, change what is signed, compress or nest. A token with any of them is refused instead of read
 * without it (RFC 8725 §3.10; `crit` is refused because nothing critical is understood, RFC 7515 §4.1.11).
 */
const refusedMembers = ['crit', 'b64', 'jku', 'jwk', 'x5u', 'x5c', 'cty', 'zip', 'enc'] as const

/** Checks a header as `docs/protocol.md` lists it, save the kind of token. */
export function checkHeader(header: JsonObject, issuer: TrustedIssuer): { readonly ok: true; readonly header: CheckedHeader } | Rejected {
  const { alg, kid } = header
  if (!isSignatureAlgorithm(alg) || !issuer.allowedAlgorithms.has(alg)) return rejected('algorithm_not_allowed')
  for (const name of refusedMembers) {
    if (header[name] !== undefined) return rejected('header_not_allowed', name)
  }
  if (kid !== undefined && (typeof kid !== 'string' || kid === '' || kid.length > maxKidLength)) return rejected('kid_invalid')
  const typ = parseTyp(header['typ'])
  return typ === undefined ? rejected('typ_not_allowed') : { ok: true, header: { alg, kid, typ } }
}

/** RFC 7515 §4.1.9: a media type, compared without case, whose `application/` may be left out. */
function parseTyp(typ: unknown): CheckedHeader['typ'] | undefined {
  if (typ === undefined) return 'absent'
  if (typ === 'JWT') return 'jwt'
  if (typeof typ !== 'string') return undefined
  const name = typ.toLowerCase().replace(/^application\//, '')
  return name === 'jwt' || name === 'at+jwt' ? name : undefined
}
