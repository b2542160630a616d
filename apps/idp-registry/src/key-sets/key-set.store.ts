import { Collection, type DocumentDefinition, type Store } from '@cambio/store'

import { type KeySet, keySetDocumentSchema } from './key-set.js'

const definition: DocumentDefinition<KeySet> = {
  name: 'key-sets',
  schemaVersion: 1,
  parse: (value) => keySetDocumentSchema.parse(value),
  uniqueKeys: () => [],
  lookups: () => [],
}

/** The key sets, each under the id of its identity provider; an injection token. */
export abstract class KeySetStore extends Collection<KeySet> {}

// eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- the class is a token only; the store's adapter makes the instance
export const keySetStore = (store: Store): KeySetStore => store.collection(definition)
