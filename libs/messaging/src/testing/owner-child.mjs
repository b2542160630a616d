// An owner of organizations in a process of its own, to be killed at a step. It says each write before it makes it, and when it is acknowledged.
import { setTimeout as delay } from 'node:timers/promises'

import { organizationSchema } from '@cambio/contracts'
import { openSqliteStore } from '@cambio/store'

import { createNatsLink } from '../link/nats-link.ts'
import { FeedOwner } from '../owner/feed-owner.ts'

const { file, natsUrl, fatalStep, writes } = JSON.parse(process.argv[2])

const report = (value) => process.stdout.write(`${JSON.stringify(value)}\n`)
const step = (reached) => {
  if (reached === fatalStep) process.kill(process.pid, 'SIGKILL')
}
const log = { info: () => undefined, warn: () => undefined, error: () => undefined }

const store = await openSqliteStore({ file, step })
const collection = store.collection({
  name: 'organizations',
  schemaVersion: 1,
  parse: (value) => organizationSchema.parse(value),
  uniqueKeys: () => [],
  lookups: () => [],
})
const link = createNatsLink({ servers: natsUrl, name: 'owner-child', log, reconnectWaitMs: 50 })
const owner = new FeedOwner({
  kind: 'organizations',
  link,
  collection,
  toFeedValue: ({ value }) => value,
  leases: store.leases(),
  log,
  times: { checkIntervalMs: 100, reconcileIntervalMs: 60_000 },
  step,
})

const methods = {
  insert: ({ org, id, value }) => collection.insert(org, id, value),
  replace: ({ org, id, rev, value }) => collection.replace(org, id, rev, value),
  remove: ({ org, id, rev }) => collection.remove(org, id, rev),
}

async function make(writes) {
  for (const write of writes) {
    report({ begun: write })
    const { ok } = await methods[write.method](write)
    if (ok) report({ acknowledged: write })
    owner.publishSoon()
  }
}

// Some before it publishes anything, some while it does.
await make(writes.slice(0, writes.length / 2))
owner.start()
await make(writes.slice(writes.length / 2))
await delay(10_000) // it should be dead long before
process.exit(3)
