import { oauthFailure, type Parsed } from './oauth-failure.js'

/** Bounds of a `scope` parameter; what is longer is `invalid_scope`. */
export const maxScopeLength = 4096
export const maxScopeCount = 200

/** RFC 6749 §3.3 scope-token, separated by single spaces; leading and trailing ones are tolerated below. */
const scopeText = /^[\x21\x23-\x5b\x5d-\x7e]+(?: +[\x21\x23-\x5b\x5d-\x7e]+)*$/

/**
 * Parses a `scope` value into its names, in order and without repetitions. A value of spaces alone counts as omitted: empty list.
 * Errors: `scope.too_long` and `scope.malformed`, both `invalid_scope` (RFC 6749 §3.3, §5.2).
 */
export function parseScope(raw: string): Parsed<readonly string[]> {
  if (raw.length > maxScopeLength) return { ok: false, failure: oauthFailure('scope.too_long') }
  const text = trimSpaces(raw)
  if (text === '') return { ok: true, value: [] }
  if (!scopeText.test(text)) return { ok: false, failure: oauthFailure('scope.malformed') }
  const names = [...new Set(text.split(' ').filter((name) => name !== ''))]
  if (names.length > maxScopeCount) return { ok: false, failure: oauthFailure('scope.too_long') }
  return { ok: true, value: names }
}

/** Only U+0020: `String.trim` would also forgive a newline or a no-break space. */
function trimSpaces(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && text.charCodeAt(start) === 0x20) start += 1
  while (end > start && text.charCodeAt(end - 1) === 0x20) end -= 1
  return text.slice(start, end)
}

const scopeNameForm = /^[A-Za-z0-9._-][A-Za-z0-9._:-]{0,63}$/

/** A short scope name inside its API (`docs/protocol.md`): never begins with `urn:`, so that it cannot be taken for a qualified one. */
export const isScopeName = (text: string): boolean => scopeNameForm.test(text) && !/^urn:/i.test(text)
