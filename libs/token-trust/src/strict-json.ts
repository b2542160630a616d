/** Bounds of a JSON text of a token (`docs/protocol.md`, "Verifying an outside JWT"). */
export const maxJsonDepth = 16
export const maxJsonMembers = 200

/** A JSON object without prototype: no lookup by name can reach anything but what the token says. */
export type JsonObject = Readonly<Record<string, unknown>>

/** Why a text is not taken. */
export type StrictJsonProblem = 'bad_json' | 'duplicate_member' | 'too_deep' | 'too_many_members'

export type StrictJson = { readonly ok: true; readonly value: JsonObject } | { readonly ok: false; readonly problem: StrictJsonProblem }

/** Any escape of a surrogate, paired or not: rare enough to look closer only then. */
const surrogateEscape = /\\u[dD][89a-fA-F]/

/** What the walk over a parsed value has seen; thrown away after it. */
interface Walk {
  members: number
  problem: StrictJsonProblem | undefined
  readonly checkStrings: boolean
}

/**
 * Parses a JSON object as one meaning only: syntax by the engine's own parser, then no member name twice in one object (RFC 8725
 * §3.3 and RFC 7515 §4 leave that open), bounded depth and number of members, and no lone surrogates. A member `__proto__` is
 * dropped at every level. Depth counts objects and arrays, the outermost being 1; members are counted over all objects.
 */
export function parseStrictJson(text: string): StrictJson {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    return { ok: false, problem: 'bad_json' } // JSON.parse throws SyntaxError and nothing else
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return { ok: false, problem: 'bad_json' }
  const walk: Walk = { members: 0, problem: undefined, checkStrings: text.includes('\\') && surrogateEscape.test(text) }
  const value = copyObject(parsed as Record<string, unknown>, 1, walk)
  if (walk.problem !== undefined) return { ok: false, problem: walk.problem }
  // JSON.parse lets the last of two equal names win, so fewer members than the text writes means a repetition, however it was escaped.
  if (writtenMembers(text) !== walk.members) return { ok: false, problem: 'duplicate_member' }
  return { ok: true, value }
}

/** A copy without prototypes; copying is cheaper than changing the prototype of what was parsed. Incomplete once a problem is set. */
function copyObject(source: Readonly<Record<string, unknown>>, depth: number, walk: Walk): JsonObject {
  const copy = Object.create(null) as Record<string, unknown>
  const names = Object.keys(source)
  walk.members += names.length
  if (depth > maxJsonDepth) walk.problem ??= 'too_deep'
  else if (walk.members > maxJsonMembers) walk.problem ??= 'too_many_members'
  if (walk.problem !== undefined) return copy
  for (const name of names) {
    const value = source[name]
    if (walk.checkStrings && !name.isWellFormed()) walk.problem ??= 'bad_json'
    if (name !== '__proto__') copy[name] = typeof value === 'object' || walk.checkStrings ? copyValue(value, depth + 1, walk) : value
    else copyValue(value, depth + 1, walk) // for its members, which the text writes too
  }
  return copy
}

function copyValue(value: unknown, depth: number, walk: Walk): unknown {
  if (typeof value === 'string' && walk.checkStrings && !value.isWellFormed()) walk.problem ??= 'bad_json'
  if (typeof value !== 'object' || value === null) return value
  if (!Array.isArray(value)) return copyObject(value as Record<string, unknown>, depth, walk)
  if (depth > maxJsonDepth) walk.problem ??= 'too_deep'
  return walk.problem === undefined ? value.map((element) => copyValue(element, depth + 1, walk)) : value
}

const quote = 0x22
const backslash = 0x5c
const colon = 0x3a

/** Number of members that a valid JSON text writes: its colons outside strings. */
function writtenMembers(text: string): number {
  let members = 0
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index)
    if (code === colon) members += 1
    else if (code === quote) index = endOfString(text, index)
  }
  return members
}

/** Index of the quote that closes the string opened at `start`; the text is known to be valid JSON. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1)
  while (isEscaped(text, end)) end = text.indexOf('"', end + 1)
  return end
}

function isEscaped(text: string, index: number): boolean {
  let before = index - 1
  while (text.charCodeAt(before) === backslash) before -= 1
  return (index - before) % 2 === 0
}
