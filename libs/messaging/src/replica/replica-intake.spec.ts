import { FEED_REV_LEAP_MAX, type FeedKind, newId, PLATFORM } from '@cambio/contracts'
import { anApi, anApplication, anIdp, feedEntry, IDS } from '@cambio/testing'
import { beforeEach, describe, expect, it } from 'vitest'

import { RecordedLog } from '../testing/recorded-log.js'
import { ReplicaEntries } from './replica-entries.js'
import { ReplicaIntake } from './replica-intake.js'

const bytes = (message: unknown): Uint8Array => new TextEncoder().encode(typeof message === 'string' ? message : JSON.stringify(message))

function anIntake<K extends FeedKind>(
  kind: K,
): { readonly log: RecordedLog; readonly entries: ReplicaEntries<K>; readonly applied: string[]; readonly intake: ReplicaIntake<K> } {
  const [log, entries, applied] = [new RecordedLog(), new ReplicaEntries<K>({ apply: () => undefined }), [] as string[]]
  const intake = new ReplicaIntake({ kind, entries, log, onApplied: ({ id, rev }) => applied.push(`${id} ${rev}`) })
  return { log, entries, applied, intake }
}

describe('what a replica takes from a bucket', () => {
  const id = newId('organization')
  const key = `${PLATFORM}.${id}`
  const good = { v: 1, id, org: PLATFORM, rev: 3, value: { handle: 'acme', name: 'ACME' } }
  let world: ReturnType<typeof anIntake<'organizations'>>
  beforeEach(() => {
    world = anIntake('organizations')
    expect(world.intake.message(key, bytes(good))).toBe('applied')
  })

  it.each<[string, unknown]>([
    ['no JSON', '{"poison":'],
    ['nothing', ''],
    ['10,000 levels of arrays', nested(10_000)],
    ['1,000,000 levels that never end', '['.repeat(400_000)],
    [
      '10,000 levels of objects as its value',
      `{"v":1,"id":"${id}","org":"platform","rev":9,"value":${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}}`,
    ],
    [
      '10,000 levels in place of a name',
      `{"v":1,"id":"${id}","org":"platform","rev":9,"value":{"handle":"acme","name":${nested(10_000)}}}`,
    ],
    ['more than 512 KiB', { ...good, rev: 9, value: { handle: 'acme', name: 'x'.repeat(600_000) } }],
    ['the id of another key', { ...good, rev: 9, id: newId('organization') }],
    ['the organization of another key', { ...good, rev: 9, org: newId('organization') }],
    ['no revision', { ...good, rev: undefined }],
    ['a negative revision', { ...good, rev: -1 }],
    ['revision 0', { ...good, rev: 0 }],
    ['a fraction as revision', { ...good, rev: 9.5 }],
    ['a revision in text', { ...good, rev: '9' }],
    ['a revision beyond all numbers', `{"v":1,"id":"${id}","org":"platform","rev":1e999,"value":{"handle":"acme","name":"x"}}`],
    ['a revision past the last exact one', { ...good, rev: 2 ** 53 }],
    ['another type of value', { ...good, rev: 9, value: ['acme'] }],
    ['a deletion with a value', { ...good, rev: 9, deleted: true }],
    ['neither value nor deletion', { ...good, rev: 9, value: null }],
    ['a frame that is all in __proto__', `{"__proto__":${JSON.stringify({ ...good, rev: 9 })}}`],
    ['version 0', { ...good, rev: 9, v: 0 }],
  ])('is not %s (EV-11, EV-16)', (_what, message) => {
    expect(world.intake.message(key, bytes(message))).toBe('malformed')
    expect(world.entries.at(key)).toEqual(good)
    expect(world.applied).toHaveLength(1)
    expect(world.intake.parked).toMatchObject({ size: 1, refused: 1 })
    expect(world.log.lines).toMatchObject([{ level: 'error', fields: { kind: 'organizations', key, code: 'malformed' } }])
    expect(world.log.text.length).toBeLessThan(500)
    expect(world.intake.message(key, bytes({ ...good, rev: 4 }))).toBe('applied')
    expect(world.intake.parked).toMatchObject({ size: 0, refused: 1 })
  })

  it('is not bytes that are no UTF-8, not even within a name', () => {
    const message = bytes({ ...good, rev: 9, value: { handle: 'acme', name: 'AC?ME' } })
    message[message.indexOf('?'.charCodeAt(0))] = 0xff
    expect(world.intake.message(key, message)).toBe('malformed')
    expect(world.intake.message(key, new Uint8Array([0xff, 0xfe]))).toBe('malformed')
    expect(world.entries.at(key)).toEqual(good)
  })

  it('is not a revision that leaps, unless its owner says so', () => {
    const leaping = { ...good, rev: good.rev + FEED_REV_LEAP_MAX + 1 }
    expect(world.intake.message(key, bytes(leaping))).toBe('leap')
    expect(world.entries.at(key)).toEqual(good)
    expect(world.log.lines).toMatchObject([{ level: 'error', fields: { code: 'leap', rev: leaping.rev, heldRev: 3 } }])
    expect(world.intake.answer(key, leaping)).toBe('applied')
    expect(world.entries.at(key)).toEqual(leaping)
    expect(world.intake.parked.size).toBe(0)
    const other = newId('organization')
    expect(world.intake.message(`${PLATFORM}.${other}`, bytes({ ...good, id: other, rev: FEED_REV_LEAP_MAX + 1 }))).toBe('leap')
    expect(world.intake.message(`${PLATFORM}.${other}`, bytes({ ...good, id: other, rev: FEED_REV_LEAP_MAX }))).toBe('applied')
  })

  it('is parked when a newer version wrote it, and applied again once this version can read it', () => {
    expect(world.intake.message(key, bytes({ ...good, v: 2, rev: 4, value: 'of another shape' }))).toBe('newer')
    expect(world.entries.at(key)).toEqual(good)
    expect(world.log.lines).toMatchObject([{ fields: { code: 'newer', v: 2 } }])
    expect(world.intake.message(key, bytes({ ...good, rev: 5 }))).toBe('applied')
    expect(world.intake.parked.size).toBe(0)
  })

  it('is logged once however often it comes, and again only for another reason', () => {
    for (let time = 0; time < 3; time += 1) world.intake.message(key, bytes('{'))
    expect(world.log.lines).toHaveLength(1)
    expect(world.intake.parked.refused).toBe(3)
    world.intake.message(key, bytes({ ...good, v: 2 }))
    expect(world.log.lines).toHaveLength(2)
  })

  it('takes a bounded place in memory and log, however many keys hold rubbish', () => {
    for (let index = 0; index < 12_000; index += 1) world.intake.message(`${PLATFORM}.rubbish-${index}`, bytes('{'))
    expect(world.intake.parked).toMatchObject({ size: 10_000, refused: 12_000, isFull: true })
    expect(world.log.lines).toHaveLength(100)
    world.intake.parked.keep(new Set([`${PLATFORM}.rubbish-7`]))
    expect(world.intake.parked).toMatchObject({ size: 1, isFull: false })
  })

  it('is not what an index refuses, and then nothing of it', () => {
    const log = new RecordedLog()
    const entries = new ReplicaEntries<'organizations'>({
      apply: ({ value }) => {
        if (value?.name === 'bad') throw new TypeError('no such index')
      },
    })
    const intake = new ReplicaIntake({ kind: 'organizations', entries, log, onApplied: () => undefined })
    expect(intake.message(key, bytes({ ...good, value: { handle: 'acme', name: 'bad' } }))).toBe('projection')
    expect([entries.size, entries.at(key)]).toEqual([0, undefined])
    expect(intake.message(key, bytes(good))).toBe('applied')
  })
})

describe('members that would change what every object has', () => {
  it.each<[FeedKind, unknown, string]>([
    ['apis', anApi(), 'applied'],
    ['applications', anApplication(), 'applied'],
    ['identity-providers', anIdp(), 'malformed'], // its mappings take no member that they do not know
    ['identity-providers', anIdp({ scopeMappings: [], claimMappings: [] }), 'applied'],
  ])('do nothing in %s', (kind, value, outcome) => {
    const { intake, entries } = anIntake(kind)
    const entry = feedEntry(kind, value as never)
    const key = `${entry.org}.${entry.id}`
    expect(intake.message(key, bytes(withForgedMembers(entry)))).toBe(outcome)
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
    expect(JSON.stringify(entries.at(key) ?? {})).not.toContain('polluted')
    expect(Object.getPrototypeOf(entries.at(key)?.value ?? {})).toBe(Object.prototype)
    expect(entries.get(IDS.organization, '__proto__')).toBeUndefined()
  })
})

/** The same with a `__proto__` of its own in each object, as JSON can carry it. */
function withForgedMembers(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withForgedMembers)
  if (typeof value !== 'object' || value === null) return value
  const forged = { value: { polluted: true }, enumerable: true }
  const members = Object.entries(value).map(([name, member]) => [name, withForgedMembers(member)])
  return Object.defineProperty(Object.fromEntries(members) as object, '__proto__', forged)
}

function nested(levels: number): string {
  return '['.repeat(levels) + ']'.repeat(levels)
}
