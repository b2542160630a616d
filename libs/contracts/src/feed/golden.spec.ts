import { createHash } from 'node:crypto'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

import { FEED_META_KEY, FEED_REV_MAX, FEED_VERSION, feedMetaSchema } from './envelope.js'
import { FEED_KINDS, type FeedKind, readFeedEntry } from './kinds.js'

const folder = join(import.meta.dirname, '../../golden/v1')
const read = (file: string): unknown => JSON.parse(readFileSync(join(folder, file), 'utf8'))

describe('golden messages of feed version 1 (added, never edited)', () => {
  it('has one value and one deletion for every kind', () => {
    const expected = FEED_KINDS.flatMap((kind) => [`${kind}.deleted.json`, `${kind}.json`])
    expect(readdirSync(folder).sort()).toEqual([...expected, `${FEED_META_KEY}.json`].sort())
  })

  it('is what it was when it was added', () => {
    const digest = createHash('sha256')
    for (const file of readdirSync(folder).sort()) digest.update(file).update(readFileSync(join(folder, file)))
    expect(digest.digest('base64url'), 'a change of the feed is a new version beside this one').toBe(
      'pFLME42sNwDGGAADDxhjGgTNdoBwTok6RMdG8EbHzho',
    )
  })

  it('reads what says that a bucket is complete', () => {
    const message = read(`${FEED_META_KEY}.json`)
    expect(feedMetaSchema.parse(message)).toEqual(message)
  })

  it.each(FEED_KINDS)('%s: today’s schema reads the value and loses nothing of it', (kind: FeedKind) => {
    const message = read(`${kind}.json`)
    expect(readFeedEntry(kind, message)).toEqual({ ok: true, entry: message })
  })

  it.each(FEED_KINDS)('%s: today’s schema reads the deletion', (kind: FeedKind) => {
    const message = read(`${kind}.deleted.json`)
    expect(readFeedEntry(kind, message)).toEqual({ ok: true, entry: message })
  })

  it.each(FEED_KINDS)('%s: a member that this version does not know is dropped', (kind: FeedKind) => {
    const message = read(`${kind}.json`) as { value: object }
    const extended = { ...message, value: { ...message.value, addedLater: 1 } }
    expect(readFeedEntry(kind, extended)).toEqual({ ok: true, entry: message })
  })
})

describe('versions of the feed', () => {
  it('are read two at a time: this one and the one before it', () => {
    // A new version comes with a folder of its own here, and with this test for the folder before it.
    expect(readdirSync(join(folder, '..')).filter((name) => /^v\d+$/.test(name))).toContain(`v${FEED_VERSION}`)
    for (const version of [FEED_VERSION - 1, FEED_VERSION].filter((each) => each > 0)) {
      for (const kind of FEED_KINDS) {
        const message: unknown = JSON.parse(readFileSync(join(folder, '..', `v${version}`, `${kind}.json`), 'utf8'))
        expect(readFeedEntry(kind, message)).toMatchObject({ ok: true })
      }
    }
  })

  it.each(FEED_KINDS)('%s of the next one is parked, whatever it looks like by then', (kind) => {
    const frame = { v: FEED_VERSION + 1, id: 'x', org: 'y', rev: 1 }
    const refusal = { ok: false, refusal: { code: 'newer', v: FEED_VERSION + 1 } }
    expect(readFeedEntry(kind, { ...frame, value: { shape: 'of tomorrow' } })).toEqual(refusal)
    expect(readFeedEntry(kind, { ...frame, value: 17, more: [] })).toEqual(refusal)
  })
})

describe('reading a feed message', () => {
  const good = read('organizations.json') as Record<string, unknown>

  it('parks a message of a newer version, whatever its value', () => {
    expect(readFeedEntry('organizations', { ...good, v: 2, value: 'of another shape' })).toEqual({
      ok: false,
      refusal: { code: 'newer', v: 2 },
    })
  })

  it.each([
    ['text', 'x'],
    ['null', null],
    ['no rev', { ...good, rev: undefined }],
    ['rev 0', { ...good, rev: 0 }],
    ['a rev over 2^48', { ...good, rev: FEED_REV_MAX + 1 }],
    ['a fraction as rev', { ...good, rev: 1.5 }],
    ['an id of 129 characters', { ...good, id: 'x'.repeat(129) }],
    ['a value of another kind', { ...good, value: { clientId: 'x' } }],
    ['neither value nor deletion', { ...good, value: null }],
    ['a deletion with a value', { ...good, deleted: true }],
  ])('refuses %s', (_name, message) => {
    expect(readFeedEntry('organizations', message)).toMatchObject({ ok: false, refusal: { code: 'malformed' } })
  })

  it('reads revisions up to 2^48', () => {
    expect(readFeedEntry('organizations', { ...good, rev: FEED_REV_MAX })).toMatchObject({ ok: true })
  })

  it('names where a message is malformed and never what it held', () => {
    const reading = readFeedEntry('organizations', { ...good, value: { handle: 'S3CRET VALUE', name: 'x' } })
    expect(JSON.stringify(reading)).toContain('handle')
    expect(JSON.stringify(reading)).not.toContain('S3CRET')
  })
})
