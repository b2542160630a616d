import { Secret } from '../configuration/secret.js'

/** Members that hold a credential, a token, personal data of a request, or all of these, by their lower-case names without `_` and `-`. */
const secretNames = new Set([
  'authorization',
  'proxyauthorization',
  'cookie',
  'setcookie',
  'dpop',
  'password',
  'pepper',
  'secret',
  'clientsecret',
  'clientassertion',
  'assertion',
  'subjecttoken',
  'actortoken',
  'accesstoken',
  'refreshtoken',
  'idtoken',
  'sampletoken',
  'token',
  'privatekey',
  'body',
  'rawbody',
  'query',
  'querystring',
])

const maxDepth = 6

/**
 * A copy of a log line's members without those that hold secrets by their name, at any depth. Errors keep their type,
 * message, code, stack and cause, and lose what drivers attach to them (requests, commands, documents).
 */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === 'bigint') return value.toString()
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Secret) return '[redacted]'
  if (value instanceof Error) return describeError(value, depth)
  if (value instanceof Date) return value
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`
  if (depth >= maxDepth) return '[deep]'
  if (Array.isArray(value)) return value.slice(0, 100).map((item) => redact(item, depth + 1))
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      secretNames.has(name.toLowerCase().replaceAll(/[-_]/g, '')) ? '[redacted]' : redact(member, depth + 1),
    ]),
  )
}

function describeError(error: Error, depth: number): Record<string, unknown> {
  const code = 'code' in error && (typeof error.code === 'string' || typeof error.code === 'number') ? { code: error.code } : {}
  const cause = error.cause === undefined || depth >= maxDepth ? {} : { cause: redact(error.cause, depth + 1) }
  return { type: error.name, message: error.message, ...code, stack: error.stack, ...cause }
}
