import { acceptKeySet, type KeySetAcceptance } from '@cambio/token-trust'

import { type Finding } from './finding.js'
import { judgeKeySet } from './judge-keys.js'

/** Judges keys that an administrator gave in place of an address, by the same rules. */
export function judgeJwks(jwks: unknown): {
  readonly acceptance: KeySetAcceptance
  readonly keyDocument: unknown
  readonly findings: readonly Finding[]
} {
  const acceptance = acceptKeySet(jwks)
  return { acceptance, keyDocument: jwks, findings: judgeKeySet(acceptance, 'jwks') }
}
