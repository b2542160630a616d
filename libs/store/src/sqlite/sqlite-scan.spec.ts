import { describe, expect, it, onTestFinished } from 'vitest'

import { aSample, sampleDefinition, type Sample } from '../conformance/sample.js'
import { DocumentCodec } from '../documents/document-codec.js'
import { SqliteCollection } from './sqlite-collection.js'
import { SqliteConnection } from './sqlite-connection.js'
import { openDatabase } from './sqlite-database.js'
import { storeLayout } from './sqlite-layout.js'

/** A collection of many documents, filled in one transaction: thousands of durable ones would take the test's time. */
async function aLargeCollection(documents: number, characters: number, parse: (value: unknown) => Sample) {
  const database = await openDatabase(':memory:', storeLayout)
  onTestFinished(() => {
    database.close()
  })
  const json = JSON.stringify(aSample({ extra: 'x'.repeat(characters) }))
  const insert = database.prepare(
    `INSERT INTO documents (collection, org, id, rev, created_at, updated_at, schema_version, value) VALUES (?, 'acme', ?, 1, 1, 1, 2, ?)`,
  )
  database.exec('BEGIN')
  for (let index = 0; index < documents; index += 1) insert.run(sampleDefinition.name, `doc-${index}`, json)
  database.exec('COMMIT')
  const context = { connection: new SqliteConnection(database), now: Date.now, onUnreadable: () => undefined }
  return new SqliteCollection(context, new DocumentCodec({ ...sampleDefinition, parse }))
}

/** How many documents a whole scan reads in each turn of the event loop that it takes part in. */
async function documentsATurn(documents: number, characters: number, readingMs = 0): Promise<readonly number[]> {
  const turns: number[] = []
  let inThisTurn = 0
  const samples = await aLargeCollection(documents, characters, (value) => {
    inThisTurn += 1
    const until = performance.now() + readingMs
    while (performance.now() < until);
    return sampleDefinition.parse(value)
  })
  let running = true
  const turn = (): void => {
    if (inThisTurn > 0) turns.push(inThisTurn)
    inThisTurn = 0
    if (running) setImmediate(turn)
  }
  setImmediate(turn)
  let scanned = 0
  for await (const chunk of samples.scan({ chunkSize: 10_000 })) scanned += chunk.length
  running = false
  expect(scanned).toBe(documents)
  return turns
}

// What one turn reads is bounded by construction, and so asserted: a clock would measure the machine's other work.
describe('the scan of a large SQLite collection gives the event loop back, however large its chunks are,', () => {
  it('after 100 documents', async () => {
    const turns = await documentsATurn(5_000, 10)
    expect(Math.max(...turns)).toBeLessThanOrEqual(100)
  })

  it('after 128 KiB of text and the document with which that is passed', async () => {
    const turns = await documentsATurn(200, 30 * 1_024)
    expect(Math.max(...turns)).toBeLessThanOrEqual(5)
  })

  it('after 2 ms of reading and the document with which those are passed', async () => {
    const turns = await documentsATurn(30, 10, 3)
    expect(Math.max(...turns)).toBe(1)
  })
})
