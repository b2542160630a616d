// A replica of organizations in a process of its own, to be stopped or killed. It says what it logs, and for each line on its input what it
// holds of that aggregate and in which state it is.
import { createInterface } from 'node:readline'

import { openReplicaFile } from '@cambio/store'

import { createNatsLink } from '../link/nats-link.ts'
import { FeedReplica } from '../replica/feed-replica.ts'
import { ReplicaDisk } from '../replica/replica-disk.ts'
import { RpcClient } from '../rpc/rpc-client.ts'

const { natsUrl, file, snapshotKey, fatalStep, fatalCount = 1, ...options } = JSON.parse(process.argv[2])

const report = (value) => process.stdout.write(`${JSON.stringify(value)}\n`)
const says = (level) => (fields, message) => report({ level, message, fields })
const log = { info: says('info'), warn: says('warn'), error: says('error') }

let reached = 0
const step = (name) => {
  if (name === fatalStep && ++reached === fatalCount) process.kill(process.pid, 'SIGKILL')
}

async function diskIn(path) {
  const opened = await openReplicaFile({ file: path, step })
  if (!opened.ok) throw new Error(opened.reason)
  return new ReplicaDisk({ kind: 'organizations', file: opened.value, snapshotKey: Buffer.from(snapshotKey, 'hex'), log })
}

const link = createNatsLink({ servers: natsUrl, name: 'replica-child', log, reconnectWaitMs: 50 })
const disk = file === undefined ? {} : { disk: await diskIn(file) }
const replica = new FeedReplica({ kind: 'organizations', link, rpc: new RpcClient(link, log), log, diskGraceMs: 0, ...disk, ...options })
await replica.start()

createInterface({ input: process.stdin }).on('line', (line) => {
  const { org, id } = JSON.parse(line)
  report({ entry: replica.get(org, id) ?? null, state: replica.state() })
})
