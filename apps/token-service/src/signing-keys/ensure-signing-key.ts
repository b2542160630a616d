import { type SigningKeyValue } from '@cambio/contracts'
import { type Collection } from '@cambio/store'

import { makeSigningKey, type SigningAlgorithm } from './signing-key.js'
import { addNewestKey, hasNewestKey } from './signing-keys.store.js'

/**
 * Makes the first signing key if there is none. Safe to run in several replicas at once: the unique key of the newest
 * signing key lets one of them win, and the others use its key.
 *
 * @returns whether this call made it
 * @throws StoreUnavailable when the store cannot be asked; the caller tries again
 */
export async function ensureSigningKey(
  keys: Collection<SigningKeyValue>,
  alg: SigningAlgorithm,
  keyEncryptionKey: Uint8Array,
  now: Date,
): Promise<boolean> {
  if (await hasNewestKey(keys)) return false
  return addNewestKey(keys, await makeSigningKey(alg, keyEncryptionKey, now))
}
