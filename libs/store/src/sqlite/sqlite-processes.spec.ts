import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'

import { aDirectory, startChild } from '../testing/store-child-process.js'
import { aSample, sampleDefinition } from '../conformance/sample.js'
import { granted } from '../conformance/use-store.js'
import { StoreUnavailable } from '../port/store.errors.js'
import { openSqliteStore } from './sqlite-store.js'

interface Won {
  readonly keys: readonly number[]
  readonly claims: readonly number[]
  readonly replaced: number
  readonly seqs: readonly number[]
  readonly lease: boolean
}

describe('two processes on one SQLite file', () => {
  it('have exactly one winner of each key, claim and lease, lose no replacement and leave no gap', async () => {
    const file = join(aDirectory(), 'store.db')
    const store = await openSqliteStore({ file })
    onTestFinished(() => store.close())
    const samples = store.collection(sampleDefinition)
    granted(await samples.insert('acme', 'shared', aSample()))

    const count = 100
    const children = ['left', 'right'].map((name) => startChild('contend', { file, name, count }))
    await Promise.all(children.map((child) => child.nextReport()))
    for (const child of children) child.process.stdin.write('go\n')
    const ends = await Promise.all(children.map((child) => child.ended))
    expect(ends.map(({ code }) => code)).toEqual([0, 0])
    const won = ends.map(({ reports }) => reports[1] as Won)

    const all = Array.from({ length: count }, (_, index) => index)
    const inOrder = (numbers: readonly number[]): readonly number[] => numbers.toSorted((a, b) => a - b)
    expect(inOrder(won.flatMap(({ keys }) => keys))).toEqual(all)
    expect(inOrder(won.flatMap(({ claims }) => claims))).toEqual(all)
    expect(won.filter(({ lease }) => lease)).toHaveLength(1)
    for (const { seqs } of won) expect(seqs).toEqual(all.map((index) => index + 1))
    const replaced = won.reduce((sum, each) => sum + each.replaced, 0)
    expect((await samples.get('acme', 'shared'))?.rev).toBe(1 + replaced)
    expect(granted(await samples.listBy('acme', { lookup: 'name:sample', limit: 500 })).items.length).toBeGreaterThanOrEqual(count)
  })

  it('may make the file at the same time', async () => {
    const file = join(aDirectory(), 'store.db')
    const children = ['a', 'b', 'c'].map((name) => startChild('contend', { file, name, count: 0 }))
    for (const child of children) child.process.stdin.write('go\n')
    const ends = await Promise.all(children.map((child) => child.ended))
    expect(ends.map(({ code }) => code)).toEqual([0, 0, 0])
  })

  it('wait for each other without holding the event loop, and not for ever', async () => {
    const file = join(aDirectory(), 'store.db')
    const store = await openSqliteStore({ file })
    onTestFinished(() => store.close())
    const samples = store.collection(sampleDefinition)
    const child = startChild('holdLock', { file })
    await child.nextReport()

    let turns = 0
    const heartbeat = setInterval(() => (turns += 1), 10)
    const error: unknown = await samples.insert('acme', 'one', aSample()).catch((cause: unknown) => cause)
    clearInterval(heartbeat)
    expect(error).toBeInstanceOf(StoreUnavailable)
    expect(error).toMatchObject({ operation: 'insert', reason: 'database is locked' })
    expect(turns).toBeGreaterThan(100)

    expect(await samples.get('acme', 'one'), 'readers do not wait').toBeUndefined()
    const patient = samples.insert('acme', 'one', aSample())
    child.process.stdin.write('let go\n')
    granted(await patient)
  })
})
