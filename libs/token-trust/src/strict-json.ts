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
  if (!isObject(parsed)) return { ok: false, problem: 'bad_json' }
  const walk: Walk = { members: 0, checkStrings: surrogateEscape.test(text) }
  const problem = inspect(parsed, 1, walk)
  if (problem !== undefined) return { ok: false, problem }
  // JSON.parse lets the last of two equal names win, so fewer members than the text writes means a repetition, however it was escaped.
  if (writtenMembers(text) !== walk.members) return { ok: false, problem: 'duplicate_member' }
  return { ok: true, value: parsed }
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

function inspect(value: unknown, depth: number, walk: Walk): StrictJsonProblem | undefined {
  if (typeof value === 'string') return walk.checkStrings && !value.isWellFormed() ? 'bad_json' : undefined
  if (typeof value !== 'object' || value === null) return undefined
  if (depth > maxJsonDepth) return 'too_deep'
  if (Array.isArray(value)) {
    for (const element of value) {
      const problem = inspect(element, depth + 1, walk)
      if (problem !== undefined) return problem
    }
    return undefined
  }
  return inspectObject(value as Record<string, unknown>, depth, walk)
}

function inspectObject(value: Record<string, unknown>, depth: number, walk: Walk): StrictJsonProblem | undefined {
  Object.setPrototypeOf(value, null)
  const names = Object.keys(value)
  walk.members += names.length
  if (walk.members > maxJsonMembers) return 'too_many_members'
  for (const name of names) {
    const problem = inspect(value[name], depth + 1, walk) ?? inspect(name, depth, walk)
    if (problem !== undefined) return problem
    if (name === '__proto__') Reflect.deleteProperty(value, name)
  }
  return undefined
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
