import { afterEach, beforeEach } from 'vitest'

import { type Collection } from '../port/collection.js'
import { type Result } from '../port/result.js'
import { type Unreadable } from '../port/store.errors.js'
import { type Store } from '../port/store.js'
import { sampleDefinition, type Sample } from './sample.js'

export interface StoreListeners {
  readonly onUnreadable: (refusal: Unreadable) => void
}

export interface OpenedStore {
  readonly store: Store
  /** Opens the same data once more, as a second replica does. Absent where an engine keeps nothing outside the process. */
  openAnother?(): Promise<Store>
  /** Closes what was opened and deletes the data. */
  close(): Promise<void>
}

export interface StoreConformance {
  /** The adapter's name, for the report. */
  readonly name: string
  /** Opens an empty store, ready to keep `sampleDefinition`. Called for each test. */
  open(listeners: StoreListeners): Promise<OpenedStore>
}

/** The store of the test that runs now. */
export interface StoreInUse {
  readonly store: Store
  readonly samples: Collection<Sample>
  /** The same collection as all replicas have it: twice where the adapter can open its data twice, else once. */
  readonly replicas: readonly Collection<Sample>[]
  /** All the stores that these collections belong to. */
  readonly stores: readonly Store[]
  readonly refusals: readonly Unreadable[]
}

interface Opened {
  readonly opened: OpenedStore
  readonly stores: readonly Store[]
  readonly replicas: readonly Collection<Sample>[]
}

/** Gives each test of the enclosing `describe` an empty store, and takes it away again. */
export function useStore(conformance: StoreConformance): StoreInUse {
  let current: Opened | undefined
  let refusals: Unreadable[] = []
  const inUse = (): Opened => {
    if (current === undefined) throw new TypeError('the store is there within a test only')
    return current
  }
  beforeEach(async () => {
    refusals = []
    const opened = await conformance.open({ onUnreadable: (refusal) => refusals.push(refusal) })
    const another = await opened.openAnother?.()
    const stores = another === undefined ? [opened.store] : [opened.store, another]
    current = { opened, stores, replicas: stores.map((store) => store.collection(sampleDefinition)) }
  })
  afterEach(async () => {
    const { opened, stores } = inUse()
    current = undefined
    for (const store of stores) await store.close()
    await opened.close()
  })
  return {
    get store() {
      return inUse().opened.store
    },
    get samples() {
      return at(inUse().replicas, 0)
    },
    get replicas() {
      return inUse().replicas
    },
    get stores() {
      return inUse().stores
    },
    get refusals() {
      return refusals
    },
  }
}

/** The value of a result that must not be a refusal. */
export function granted<T>(result: Result<T, unknown>): T {
  if (!result.ok) throw new Error(`refused: ${JSON.stringify(result.error)}`)
  return result.value
}

/** One of a list, counted from 0 and round again: item `n` of a test goes to replica `n`. */
export function at<T>(list: readonly T[], index: number): T {
  const item = list[index % list.length]
  if (item === undefined) throw new TypeError('the list is empty')
  return item
}

export const org = 'acme'
export const otherOrg = 'globex'
