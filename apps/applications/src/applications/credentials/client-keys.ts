import { type FieldProblem } from '@cambio/service-kit'
import { ok, type Result } from '@cambio/store'
import { acceptKeySet } from '@cambio/token-trust'

import { type Refusal, refuseField, refuseFields } from '../../refusals/refusal.js'

export interface ClientKeys {
  readonly keys: Record<string, unknown>[]
}

/**
 * The public keys of a client that signs its assertions (RFC 7523), by the same rules as those of an identity provider.
 * Unlike there, whoever sends them is here to correct them: one bad member refuses the set, a private key above all.
 */
export function acceptClientKeys(jwks: { readonly keys: readonly Readonly<Record<string, unknown>>[] }): Result<ClientKeys, Refusal> {
  const acceptance = acceptKeySet(jwks)
  const problems: FieldProblem[] = acceptance.dropped.map(({ index, reason }) => ({
    pointer: `/jwks/keys/${index}`,
    detail: `cannot be used: ${reason.replaceAll('_', ' ')}`,
  }))
  if (problems.length > 0) return refuseFields(problems)
  if (acceptance.verdict !== 'usable') return refuseField('/jwks', 'must hold at least one public key for signatures')
  return ok({ keys: acceptance.keys.toJwks().keys.map((key) => ({ ...key })) })
}
