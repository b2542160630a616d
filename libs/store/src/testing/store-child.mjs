// A process of its own for what a test cannot do within one: to die at a step, to contend with another, to lack rights.
import { once } from 'node:events'

import { aSample, sampleDefinition, withKeys } from '../conformance/sample.ts'
import { openReplicaFile, openSqliteStore, takeReplicaSlot } from '../index.ts'

const [command, options] = [process.argv[2], JSON.parse(process.argv[3])]

const dieAt = (fatal) => (step) => {
  if (step === fatal) process.kill(process.pid, 'SIGKILL')
}

const report = (value) => process.stdout.write(`${JSON.stringify(value)}\n`)

const writes = {
  insert: (samples) => samples.insert('acme', 'new', withKeys('key-new')),
  replace: (samples) => samples.replace('acme', 'one', 1, { ...withKeys('key-after'), tags: ['after'] }),
  remove: (samples) => samples.remove('acme', 'one', 1),
  advance: (samples) => samples.advance('acme', 'one', 1, 9),
  'mark-published': (samples) => samples.markPublished('acme', 'one', 1),
}

const commands = {
  /** Does one write and is killed in it. */
  async crash({ file, step }) {
    const samples = (await openSqliteStore({ file, step: dieAt(step) })).collection(sampleDefinition)
    await writes[step.split('.')[0]](samples)
  },

  /** Writes one document after another and says each that is acknowledged, until it is killed. */
  async insertUntilKilled({ file }) {
    const samples = (await openSqliteStore({ file })).collection(sampleDefinition)
    for (let index = 0; ; index += 1) {
      if ((await samples.insert('acme', `doc-${index}`, aSample())).ok) report(index)
    }
  },

  /** Tries for every key, claim and lease; says what it won. Waits for a line first, so that all begin together. */
  async contend({ file, name, count }) {
    const store = await openSqliteStore({ file })
    const samples = store.collection(sampleDefinition)
    report('ready')
    await once(process.stdin, 'data')
    const won = { keys: [], claims: [], replaced: 0, seqs: [] }
    for (let index = 0; index < count; index += 1) {
      if ((await samples.insert('acme', `${name}-${index}`, withKeys(`key-${index}`))).ok) won.keys.push(index)
      if (await store.singleUse().claim('jti', `jti-${index}`, new Date(Date.now() + 60_000))) won.claims.push(index)
      const shared = await samples.get('acme', 'shared')
      if ((await samples.replace('acme', 'shared', shared.rev, aSample({ name }))).ok) won.replaced += 1
      const record = { id: `${name}-${index}`, org: 'acme', at: new Date(), requestId: 'r', outcome: 'allowed', action: 'a', detail: {} }
      won.seqs.push((await store.audit().append({ id: `${name}-${index}`, org: 'acme', writer: name, records: [record] })).firstSeq)
    }
    won.lease = (await store.leases().acquire('relay', name, 15)) !== undefined
    report(won)
    await store.close()
    process.stdin.destroy()
  },

  /** Writes a batch to a replica's file and is killed in it. */
  async crashReplica({ file, step }) {
    const opened = await openReplicaFile({ file, step: dieAt(step) })
    opened.value.upsertMany(['a', 'b', 'c'].map((key) => ({ kind: 'apis', key, rev: 2, body: 'after', mac: 'm' })))
  },

  /** Takes a place for a replica file, says which, and holds it until it is told to let go. */
  async holdSlot({ directory }) {
    const slot = takeReplicaSlot(directory)
    report(slot?.number ?? null)
    await once(process.stdin, 'data')
    slot?.release()
    process.stdin.destroy()
  },

  /** Opens a file as a user without rights; says the error. */
  async openWithoutRights({ file }) {
    process.seteuid?.(65_534)
    const opening = openSqliteStore({ file })
    report(
      await opening.then(
        () => 'opened',
        (error) => ({ name: error.name, message: error.message }),
      ),
    )
  },

  /** Holds the whole file, readers included, until it is told to let go. */
  async holdFile({ file }) {
    const { DatabaseSync } = await import('node:sqlite')
    const database = new DatabaseSync(file)
    database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT')
    report('held')
    await once(process.stdin, 'data')
    database.close()
    process.stdin.destroy()
  },

  /** Holds the write lock until it is told to let go. */
  async holdLock({ file }) {
    const { DatabaseSync } = await import('node:sqlite')
    const database = new DatabaseSync(file)
    database.exec('BEGIN IMMEDIATE')
    report('held')
    await once(process.stdin, 'data')
    database.exec('COMMIT')
    process.stdin.destroy()
  },
}

await commands[command](options)
