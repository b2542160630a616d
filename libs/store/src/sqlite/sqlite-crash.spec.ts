import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'

import { aDirectory, startChild } from '../testing/store-child-process.js'
import { sampleDefinition, withKeys } from '../conformance/sample.js'
import { granted } from '../conformance/use-store.js'
import { documentSteps, type StoreStep } from '../port/step.js'
import { openSqliteStore } from './sqlite-store.js'

async function open(file: string) {
  const store = await openSqliteStore({ file })
  onTestFinished(() => store.close())
  return store.collection(sampleDefinition)
}

/** Everything that a reader can see of the document that the write was about. */
async function visibleState(file: string) {
  const samples = await open(file)
  const documents = [await samples.getAny('acme', 'one'), await samples.getAny('acme', 'new')]
  const holders: Record<string, string | undefined> = {}
  for (const key of ['key-before', 'key-after', 'key-new']) holders[key] = (await samples.getByKey('acme', key))?.id
  const listed = granted(await samples.listBy('acme', { lookupPrefix: '', limit: 10 })).items.map(({ id }) => id)
  const tagged = granted(await samples.listBy('acme', { lookup: 'tag:after', limit: 10 })).items.map(({ id }) => id)
  return {
    revisions: documents.map((entry) => entry && `${entry.rev}/${entry.publishedRev}${entry.deleted ? ' deleted' : ''}`),
    holders,
    listed,
    tagged,
    waiting: (await samples.unpublished(10)).map(({ id, rev }) => `${id}@${rev}`),
  }
}

const before = {
  revisions: ['1/0', undefined],
  holders: { 'key-before': 'one', 'key-after': undefined, 'key-new': undefined },
  listed: ['one'],
  tagged: [] as string[],
  waiting: ['one@1'],
}

const after: Readonly<Record<string, typeof before>> = {
  insert: {
    ...before,
    revisions: ['1/0', '1/0'],
    holders: { ...before.holders, 'key-new': 'new' } as never,
    listed: ['one', 'new'],
    waiting: ['one@1', 'new@1'],
  },
  replace: {
    revisions: ['2/0', undefined],
    holders: { 'key-before': undefined, 'key-after': 'one', 'key-new': undefined } as never,
    listed: ['one'],
    tagged: ['one'],
    waiting: ['one@2'],
  },
  remove: {
    revisions: ['2/0 deleted', undefined],
    holders: { 'key-before': undefined, 'key-after': undefined, 'key-new': undefined } as never,
    listed: [],
    tagged: [],
    waiting: ['one@2'],
  },
  advance: { ...before, revisions: ['10/0', undefined], waiting: ['one@10'] },
  'mark-published': { ...before, revisions: ['1/1', undefined], waiting: [] },
}

describe('a SQLite file after kill -9', () => {
  it.each(documentSteps)('at %s holds the whole write or nothing of it (EV-14)', async (step: StoreStep) => {
    const file = join(aDirectory(), 'store.db')
    granted(await (await open(file)).insert('acme', 'one', withKeys('key-before')))

    const end = await startChild('crash', { file, step }).ended
    expect(end).toMatchObject({ code: null, signal: 'SIGKILL' })

    const [write = '', point] = step.split('.')
    expect(await visibleState(file)).toEqual(point === 'committed' ? after[write] : before)
    const next = await open(file)
    granted(await next.insert('acme', 'next', withKeys('key-next')))
  })

  it('holds every write that was acknowledged (EV-14)', async () => {
    const file = join(aDirectory(), 'store.db')
    const child = startChild('insertUntilKilled', { file })
    for (let acknowledged = 0; acknowledged < 60;) acknowledged = Number(await child.nextReport())
    child.process.kill('SIGKILL')
    const { reports } = await child.ended
    expect(reports.length).toBeGreaterThan(60)
    const samples = await open(file)
    for (const index of reports) expect(await samples.get('acme', `doc-${String(index)}`)).toMatchObject({ rev: 1 })
  })
})
