import { oauthFailure, type Parsed } from './oauth-failure.js'
import { repeatableParameters } from './vocabulary.js'

/** Upper bound of parameters in one form; far above what any grant reads. */
export const maxFormParameters = 100

/** A parsed form. Names are compared byte for byte; a parameter sent without a value counts as absent (RFC 6749 §3.2). */
export interface FormParameters {
  /** The value, or `undefined` when absent; the first one of a repeatable parameter. */
  get(name: string): string | undefined
  /** All values in their order; empty when absent. */
  getAll(name: string): readonly string[]
  has(name: string): boolean
}

const none: readonly string[] = []

class ParsedForm implements FormParameters {
  constructor(private readonly values: ReadonlyMap<string, readonly string[]>) {}

  get(name: string): string | undefined {
    return this.values.get(name)?.[0]
  }

  getAll(name: string): readonly string[] {
    return this.values.get(name) ?? none
  }

  has(name: string): boolean {
    return this.values.has(name)
  }
}

/** Anything else has to be percent-encoded (RFC 6749 appendix B); U+FFFD of a lenient decoder upstream falls out here too. */
const formText = /^[\x21-\x7e]*$/

/** One name or value decoded; `undefined` for a broken sequence, invalid UTF-8 (surrogates and overlongs too) or NUL. */
function decodeComponent(encoded: string): string | undefined {
  if (!encoded.includes('%')) return encoded.includes('+') ? encoded.replaceAll('+', ' ') : encoded
  try {
    const decoded = decodeURIComponent(encoded.replaceAll('+', ' '))
    return decoded.includes('\0') ? undefined : decoded
  } catch {
    return undefined // decodeURIComponent throws URIError and nothing else
  }
}

const failure = (reason: 'request.malformed_form' | 'request.duplicate_parameter' | 'request.too_many_parameters', detail?: string) =>
  ({ ok: false, failure: oauthFailure(reason, detail === undefined ? {} : { detail }) }) as const

/**
 * Parses an `application/x-www-form-urlencoded` body strictly. Duplicates are refused except `audience` and `resource`, whether or
 * not the parameter is known (RFC 6749 §3.2); unknown ones are kept and nobody reads them. Never throws.
 *
 * @param raw the body as text, at most as long as the endpoint's body limit
 */
export function parseForm(raw: string): Parsed<FormParameters> {
  if (!formText.test(raw)) return failure('request.malformed_form')
  const values = new Map<string, string[]>()
  const seen = new Set<string>() // empty values are dropped from `values`, yet count as an occurrence
  const pairs = raw.split('&', maxFormParameters + 1)
  if (pairs.length > maxFormParameters) return failure('request.too_many_parameters')
  for (const pair of pairs) {
    if (pair === '') continue
    const equals = pair.indexOf('=')
    const name = decodeComponent(equals === -1 ? pair : pair.slice(0, equals))
    const value = equals === -1 ? '' : decodeComponent(pair.slice(equals + 1))
    if (name === undefined || value === undefined) return failure('request.malformed_form')
    const repeatable = repeatableParameters.has(name)
    if (!repeatable && seen.has(name)) return failure('request.duplicate_parameter', knownName(name))
    seen.add(name)
    if (value === '') continue
    const earlier = values.get(name)
    if (earlier) earlier.push(value)
    else values.set(name, [value])
  }
  return { ok: true, value: new ParsedForm(values) }
}

/** Names of our own vocabulary may stand in an audit record; anything else is input. */
const knownName = (name: string): string | undefined => (/^[a-z_]{1,40}$/.test(name) ? name : undefined)
