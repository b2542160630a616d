import { newId, PLATFORM, type SigningKeyValue, signingKeySchema } from '@cambio/contracts'
import { type Collection, type DocumentDefinition } from '@cambio/store'

/** Held by the one key that has no successor: of two replicas that start together, one makes the first key. */
const NEWEST = 'signing-key:newest'

export const signingKeyDocuments: DocumentDefinition<SigningKeyValue> = {
  name: 'signing-keys',
  schemaVersion: 1,
  parse: (value) => signingKeySchema.parse(value),
  uniqueKeys: ({ value }) => [`signing-key:${value.kid}`, ...(value.retiredFrom === undefined ? [NEWEST] : [])],
  lookups: () => [],
}

/** Whether there is a key that has no successor. */
export async function hasNewestKey(keys: Collection<SigningKeyValue>): Promise<boolean> {
  return (await keys.getByKey(PLATFORM, NEWEST)) !== undefined
}

/** Adds a key. @returns false when another process has added one first */
export async function addNewestKey(keys: Collection<SigningKeyValue>, key: SigningKeyValue): Promise<boolean> {
  const inserted = await keys.insert(PLATFORM, newId('signingKey'), key)
  return inserted.ok
}
