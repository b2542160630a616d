// What one aggregate may look like after everything that was asked of it. Writes of one document are ordered by their
// revisions; where an answer names none, only those that did not overlap in time are.
import { isRemoval, type JournaledAggregate, type Touch, type Write } from '../load/journal.js'
import { type Finding, type StoredState } from './evidence.js'
import { partsOf } from './parts.js'

/** What follows from other aggregates without a request of its own. */
export interface Surroundings {
  /** Ids of identity providers and APIs that are gone: references to them are removed by their owner. */
  readonly gone: ReadonlySet<string>
}

/** Every contradiction between what was asked of an aggregate and what the database has. */
export function judgeAggregate(aggregate: JournaledAggregate, stored: StoredState | undefined, surroundings: Surroundings): Finding[] {
  const { kind, name } = aggregate
  const at = `${kind} ${name}`
  const done = aggregate.writes.filter(({ outcome }) => outcome === 'acknowledged')
  const maybe = aggregate.writes.filter(({ outcome }) => outcome === 'unknown')
  const created = done.some(({ operation }) => operation === 'create')
  if (stored === undefined) return created ? [{ code: 'lost aggregate', detail: `${at}: created, and not in the database` }] : []
  if (stored.deleted) {
    return [...done, ...maybe].some(isRemoval) ? [] : [{ code: 'lost aggregate', detail: `${at}: removed, and nobody asked for it` }]
  }
  const removal = done.find(isRemoval)
  if (removal !== undefined) return [{ code: 'lost write', detail: `${at}: its removal was acknowledged, and it is there` }]
  return [...judgeRevisions(at, aggregate, stored, surroundings), ...judgeParts(at, aggregate, stored, surroundings)]
}

function judgeRevisions(at: string, { writes }: JournaledAggregate, stored: StoredState, { gone }: Surroundings): Finding[] {
  const findings: Finding[] = []
  const done = writes.filter(({ outcome }) => outcome === 'acknowledged')
  const seen = new Map<number, Write>()
  for (const write of done) {
    if (write.rev === undefined) continue
    if (write.rev > stored.rev) {
      findings.push({
        code: 'lost write',
        detail: `${at}: ${write.operation} made revision ${write.rev}, and the database is at ${stored.rev}`,
      })
    }
    const other = seen.get(write.rev)
    // Who asks for what is so already gets the revision that made it so.
    if (other !== undefined && !isSwitch(write) && !isSwitch(other)) {
      findings.push({ code: 'lost write', detail: `${at}: ${other.operation} and ${write.operation} were both told revision ${write.rev}` })
    }
    seen.set(write.rev, write)
  }
  const withoutRevision = done.filter(({ rev }) => rev === undefined).length
  const unanswered = writes.filter(({ outcome }) => outcome === 'unknown').length
  const most = seen.size + withoutRevision + unanswered + ownChanges(writes, gone)
  if (stored.rev > most) {
    findings.push({ code: 'invented state', detail: `${at}: it is at revision ${stored.rev}, and no more than ${most} can be explained` })
  }
  return findings
}

/**
 * Revisions that the owner makes by itself. Each of its replicas may take out a reference to what is gone, and a
 * subscription to an API that goes in the same moment is written, taken back and then refused.
 */
function ownChanges(writes: readonly Write[], gone: ReadonlySet<string>): number {
  const references = new Set(writes.flatMap(({ touches }) => touches.map(({ part }) => part).filter((part) => refersToGone(part, gone))))
  return references.size * 2 + writes.filter(({ operation }) => operation === 'subscribe').length * 2
}

const isSwitch = ({ operation }: Write): boolean => operation === 'enable' || operation === 'disable'

function judgeParts(at: string, { kind, writes }: JournaledAggregate, stored: StoredState, { gone }: Surroundings): Finding[] {
  const parts = partsOf(kind, stored.value)
  const named = writes.flatMap(({ outcome, touches }) => (outcome === 'refused' ? [] : touches)).filter(({ part }) => !part.endsWith('*'))
  const all = new Set([...parts.keys(), ...named.map(({ part }) => part)])
  const findings: Finding[] = []
  for (const part of all) {
    const value = parts.get(part)
    const allowed = allowedValues(part, writes, stored.rev)
    if (allowed.some((each) => each === undefined || each === (value ?? null))) continue
    if (value === undefined && refersToGone(part, gone)) continue
    const expected = allowed.map(String).join(' or ') || 'nothing'
    const code = value !== undefined && allowed.every((each) => each === null) ? 'invented state' : 'lost write'
    findings.push({ code, detail: `${at}: ${part} is ${value ?? 'not there'}, and was to be ${expected}` })
  }
  return findings
}

function refersToGone(part: string, gone: ReadonlySet<string>): boolean {
  const [noun, id] = part.split('/')
  return (noun === 'binding' || noun === 'subscription') && id !== undefined && gone.has(id)
}

/** What a part may be: null = not there, undefined = anything. */
function allowedValues(part: string, writes: readonly Write[], rev: number): (string | null | undefined)[] {
  const touching = writes.flatMap((write) => {
    const touch = write.touches.findLast((each) => matches(each, part))
    return touch === undefined || write.outcome === 'refused' ? [] : [{ write, value: touch.value }]
  })
  const done = touching.filter(({ write }) => write.outcome === 'acknowledged')
  const last = done.filter(({ write }) => !done.some((other) => isAfter(other.write, write)))
  const maybe = touching.filter(({ write }) => write.outcome === 'unknown' && mayBeLast(write, last, writes, rev))
  const values = [...last, ...maybe].map(({ value }) => value)
  return last.length === 0 ? [null, ...values] : values
}

const matches = ({ part }: Touch, asked: string): boolean => (part.endsWith('*') ? asked.startsWith(part.slice(0, -1)) : part === asked)

/** Whether one write is certainly on top of another. */
function isAfter(later: Write, earlier: Write): boolean {
  if (later.rev !== undefined && earlier.rev !== undefined && !isSwitch(later) && !isSwitch(earlier)) return later.rev > earlier.rev
  return later.startedMs >= earlier.finishedMs
}

/** A write without an answer can be on top of an acknowledged one only if there is a revision left for it above that one. */
function mayBeLast(maybe: Write, last: readonly { readonly write: Write }[], writes: readonly Write[], rev: number): boolean {
  if (last.some(({ write }) => write.rev === undefined)) return true
  const top = Math.max(0, ...last.map(({ write }) => write.rev ?? 0))
  const taken = new Set(writes.flatMap((write) => (write.outcome === 'acknowledged' && (write.rev ?? 0) > top ? [write.rev] : [])))
  return rev - top > taken.size && maybe.outcome === 'unknown'
}
