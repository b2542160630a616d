import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { storeConformance } from '../conformance/index.js'
import { openSqliteStore } from './sqlite-store.js'

storeConformance({
  name: 'SQLite in memory',
  open: async (listeners) => {
    const store = await openSqliteStore({ file: ':memory:', ...listeners })
    return { store, close: () => store.close() }
  },
})

storeConformance({
  name: 'a SQLite file',
  open: async (listeners) => {
    const directory = mkdtempSync(join(tmpdir(), 'cambio-store-'))
    const file = join(directory, 'store.db')
    const store = await openSqliteStore({ file, ...listeners })
    return {
      store,
      openAnother: () => openSqliteStore({ file, ...listeners }),
      close: async () => {
        await store.close()
        rmSync(directory, { recursive: true })
      },
    }
  },
})
