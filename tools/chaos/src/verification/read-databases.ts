import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { feedKinds } from '@cambio/contracts'
import { type StackService } from '@cambio/local-stack'
import { type DocumentDefinition, openSqliteStore } from '@cambio/store'

import { type ChaosStack } from '../stack/chaos-stack.js'
import { PUBLISHED_KINDS, type PublishedKind, type StoredState } from './evidence.js'

const owners: readonly StackService[] = ['applications', 'idp-registry', 'token-service']

/** Reads every shape as it was written: what it means is judged elsewhere. */
const rawDocuments = (name: string): DocumentDefinition<unknown> => ({
  name,
  schemaVersion: 1_000,
  parse: (value) => value,
  upgrade: (value) => value,
  uniqueKeys: () => [],
  lookups: () => [],
})

/**
 * What the owners' databases hold, by the store's own port, out of copies. The replicas of a service stand still while
 * its file is copied, so that file and write-ahead log belong together.
 */
export async function readDatabases(stack: ChaosStack): Promise<Record<PublishedKind, StoredState[]>> {
  const folder = mkdtempSync(join(tmpdir(), 'cambio-chaos-copy-'))
  try {
    const found = Object.fromEntries(PUBLISHED_KINDS.map((kind) => [kind, [] as StoredState[]])) as Record<PublishedKind, StoredState[]>
    for (const service of owners) {
      const copy = join(folder, `${service}.db`)
      await standingStill(stack, service, () => {
        copyDatabase(stack.databaseFile(service), copy)
      })
      const store = await openSqliteStore({ file: copy })
      try {
        for (const kind of PUBLISHED_KINDS.filter((each) => feedKinds[each].owner === service)) {
          for await (const chunk of store.collection(rawDocuments(kind)).scan({ chunkSize: 1_000 })) {
            for (const entry of chunk) {
              const { org, id, rev, deleted } = entry
              found[kind].push({ org, id, rev, deleted, value: entry.deleted ? undefined : entry.value })
            }
          }
        }
      } finally {
        await store.close()
      }
    }
    return found
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function standingStill(stack: ChaosStack, service: StackService, work: () => void): Promise<void> {
  const [first, second] = stack.of(service)
  if (first === undefined || second === undefined) throw new TypeError('a service has two replicas')
  await first.standingStill(() =>
    second.standingStill(async () => {
      work()
    }),
  )
}

function copyDatabase(from: string, to: string): void {
  for (const ending of ['', '-wal']) if (existsSync(from + ending)) copyFileSync(from + ending, to + ending)
}
