import { type StoredDocument } from '@cambio/store'

import { type KeySet, purged } from './key-set.js'
import { type KeySetStore } from './key-set.store.js'

/** Drops all keys of a provider: its tokens are not taken until the next refresh succeeds. */
export class PurgeKeySet {
  constructor(
    private readonly keySets: KeySetStore,
    private readonly onWritten: (written: StoredDocument<KeySet>) => void,
  ) {}

  /** @returns undefined if there is no such key set */
  async execute(org: string, id: string): Promise<StoredDocument<KeySet> | undefined> {
    for (;;) {
      const before = await this.keySets.get(org, id)
      if (before === undefined) return undefined
      const written = await this.keySets.replace(org, id, before.rev, purged(before.value))
      if (written.ok) {
        this.onWritten(written.value)
        return written.value
      }
      // A refresh was faster; its keys are to go too.
    }
  }
}
