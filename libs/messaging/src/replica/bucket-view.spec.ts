import { describe, expect, it } from 'vitest'

import { type StreamFacts } from '../feed/stream-facts.js'
import { type BucketListener, BucketView } from './bucket-view.js'

const facts = (more: Partial<StreamFacts> = {}): StreamFacts => ({ created: 'monday', lastSeq: 3, messages: 3, ...more })

/** A listener that writes down what it is told. */
function recording(): { readonly told: string[]; readonly listener: BucketListener } {
  const told: string[] = []
  return {
    told,
    listener: {
      message: (key) => told.push(`message ${key}`),
      listed: (present) => told.push(`listed ${[...present].join(' ')}`),
      vanished: (key) => told.push(`vanished ${key}`),
      verified: () => told.push('verified'),
    },
  }
}

function value(key: string, revision: number, delta: number): Parameters<BucketView['receive']>[0] {
  const text = key === '_meta' ? '{"complete":true,"at":"2026-01-01T00:00:00Z"}' : '{}'
  return { key, revision, delta, operation: 'PUT', value: new TextEncoder().encode(text) }
}

describe('the view of a bucket', () => {
  function listed(): { view: BucketView; told: string[] } {
    const { told, listener } = recording()
    const view = new BucketView(facts(), listener)
    view.receive(value('o.a', 1, 2))
    view.receive(value('o.b', 2, 1))
    view.receive(value('_meta', 3, 0))
    return { view, told }
  }

  it('is listed when nothing waits and the owner says that it is complete', () => {
    const { told } = listed()
    expect(told).toEqual(['message o.a', 'message o.b', 'listed o.a o.b _meta'])
  })

  it('is not listed before the owner says so, however long nothing comes', () => {
    const { told, listener } = recording()
    const view = new BucketView(facts({ lastSeq: 1, messages: 1 }), listener)
    view.receive(value('o.a', 1, 0))
    expect(view.check(facts({ lastSeq: 1, messages: 1 }))).toBeUndefined()
    expect(view.check(facts({ lastSeq: 1, messages: 1 }))).toBeUndefined()
    expect(told).toEqual(['message o.a'])
    view.receive(value('_meta', 2, 0))
    expect(told).toEqual(['message o.a', 'listed o.a _meta'])
  })

  it('does not take an unreadable or unfinished _meta for complete', () => {
    for (const text of ['{"complete":false,"at":"2026-01-01T00:00:00Z"}', '{', '{"complete":"yes"}']) {
      const { told, listener } = recording()
      const view = new BucketView(facts({ lastSeq: 1, messages: 1 }), listener)
      view.receive({ ...value('_meta', 1, 0), value: new TextEncoder().encode(text) })
      expect(told).toEqual([])
    }
  })

  it('has no gap while all that the stream holds has arrived', () => {
    const { view, told } = listed()
    expect(view.check(facts())).toBeUndefined()
    expect(told.at(-1)).toBe('verified')
    expect(view.lagBehind(facts())).toBe(0)
  })

  it.each([
    ['gone', undefined],
    ['made anew', facts({ created: 'tuesday' })],
    ['put back', facts({ lastSeq: 2 })],
    ['entries vanished', facts({ messages: 2 })],
  ])('sees that the bucket is %s', (gap, now) => {
    const { view } = listed()
    expect(view.check(now)).toBe(gap)
  })

  it('sees a watcher that stays silent at its second look', () => {
    const { view } = listed()
    expect(view.check(facts({ lastSeq: 5, messages: 3 }))).toBeUndefined()
    expect(view.lagBehind(facts({ lastSeq: 5 }))).toBe(2)
    expect(view.check(facts({ lastSeq: 5, messages: 3 }))).toBe('silent')
  })

  it('does not call a watcher silent that only is behind', () => {
    const { view } = listed()
    for (let seq = 4; seq < 10; seq += 1) {
      view.receive(value('o.a', seq, 10 - seq))
      expect(view.check(facts({ lastSeq: 10 }))).toBeUndefined()
    }
  })

  it('sees a listing that comes to a standstill', () => {
    const { listener } = recording()
    const view = new BucketView(facts(), listener)
    view.receive(value('o.a', 1, 2))
    expect(view.check(facts())).toBeUndefined()
    expect(view.check(facts())).toBe('silent')
  })

  it('takes a marker of a deletion for a message, but not for a value', () => {
    const { told, listener } = recording()
    const view = new BucketView(facts(), listener)
    view.receive({ ...value('o.a', 1, 2), operation: 'DEL' })
    view.receive(value('o.b', 2, 1))
    view.receive(value('_meta', 3, 0))
    expect(told).toEqual(['message o.b', 'listed o.b _meta'])
    view.receive({ ...value('o.b', 4, 0), operation: 'PURGE' })
    expect(told.at(-1)).toBe('vanished o.b')
    expect(view.check(facts({ lastSeq: 4, messages: 3 }))).toBeUndefined()
  })

  it('does not take facts for a gap that are older than the newest message', () => {
    const { view } = listed()
    view.receive(value('o.c', 4, 0))
    expect(view.check(facts({ lastSeq: 3, messages: 3 }))).toBeUndefined()
  })
})
