import { describe, expect, it, onTestFinished } from 'vitest'

import { aSample, sampleDefinition } from '../conformance/sample.js'
import { SqliteCollection } from './sqlite-collection.js'
import { DocumentCodec } from '../documents/document-codec.js'
import { SqliteConnection } from './sqlite-connection.js'
import { openDatabase } from './sqlite-database.js'
import { storeLayout } from './sqlite-layout.js'

/** A collection of many documents, filled in one transaction: thousands of durable ones would take the test's time. */
async function aLargeCollection(documents: number) {
  const database = await openDatabase(':memory:', storeLayout)
  onTestFinished(() => {
    database.close()
  })
  const json = JSON.stringify(aSample({ extra: { text: 'x'.repeat(1_000) }, tags: Array.from({ length: 20 }, (_, tag) => `tag-${tag}`) }))
  const insert = database.prepare(
    `INSERT INTO documents (collection, org, id, rev, created_at, updated_at, schema_version, value) VALUES (?, 'acme', ?, 1, 1, 1, 2, ?)`,
  )
  database.exec('BEGIN')
  for (let index = 0; index < documents; index += 1) insert.run(sampleDefinition.name, `doc-${index}`, json)
  database.exec('COMMIT')
  const connection = new SqliteConnection(database)
  return new SqliteCollection({ connection, now: Date.now, onUnreadable: () => undefined }, new DocumentCodec(sampleDefinition))
}

/** How long each turn of the event loop computes, in ms, until `work` is done. Time of other processes does not count. */
async function turnsDuring(work: () => Promise<void>): Promise<readonly number[]> {
  const turns: number[] = []
  const computedMs = (): number => {
    const { user, system } = process.threadCpuUsage()
    return (user + system) / 1_000
  }
  let running = true
  let last = computedMs()
  const turn = (): void => {
    const now = computedMs()
    turns.push(now - last)
    last = now
    if (running) setImmediate(turn)
  }
  setImmediate(turn)
  await work()
  running = false
  return turns
}

describe('the scan of a large SQLite collection', () => {
  it('does not hold the event loop for more than 10 ms, however large its chunks are', async () => {
    const samples = await aLargeCollection(30_000)
    let scanned = 0
    const turns = await turnsDuring(async () => {
      for await (const chunk of samples.scan({ chunkSize: 10_000 })) scanned += chunk.length
    })
    expect(scanned).toBe(30_000)
    const total = turns.reduce((sum, ms) => sum + ms, 0)
    expect(total, 'enough to have been noticed in one piece').toBeGreaterThan(50)
    // Runs of the garbage collector fall into a turn now and then; a scan in few pieces would spend nearly all its time in long ones.
    const inLongTurns = turns.filter((ms) => ms > 10).reduce((sum, ms) => sum + ms, 0)
    expect(inLongTurns / total).toBeLessThan(0.5)
  })
})
