import { type NotMetadata, fetchFailure } from './fetch-failure.js'
import { failed, type Result, success } from './result.js'

/** A JSON object whose members nobody has looked at yet. */
export type JsonDocument = Readonly<Record<string, unknown>>

/** Metadata and key sets are three levels deep; what is nested far deeper only wants to cost time somewhere behind. */
const maxDepth = 32

/**
 * Reads a document strictly: UTF-8 without exception or byte order mark, JSON (RFC 8259), no member twice in an object (also by escapes; parsers
 * differ in which one they believe), nested at most 32 deep, an object at the top.
 *
 * @param bytes the body as it arrived; its size was capped before
 */
export function parseJsonDocument(bytes: Uint8Array): Result<JsonDocument, NotMetadata> {
  let text: string
  let value: unknown
  try {
    // ignoreBOM keeps the mark in the text, where it is not JSON.
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    value = JSON.parse(text)
  } catch {
    return notMetadata('not JSON in UTF-8')
  }
  if (!isJsonObject(value)) return notMetadata('not an object')
  const fault = findStructuralFault(text)
  return fault === undefined ? success(value) : notMetadata(fault)
}

function isJsonObject(value: unknown): value is JsonDocument {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Walks the brackets and member names of a text that JSON.parse has accepted: there, a string before a colon is always a name. */
function findStructuralFault(validJson: string): string | undefined {
  const open: (Set<string> | undefined)[] = []
  for (const [token, name] of validJson.matchAll(/("[^"\\]*(?:\\.[^"\\]*)*")\s*:|"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\]]/g)) {
    if (name !== undefined) {
      const names = open.at(-1)
      const plain = String(JSON.parse(name))
      if (names?.has(plain)) return 'duplicate member'
      names?.add(plain)
    } else if (token === '{' || token === '[') {
      if (open.push(token === '{' ? new Set() : undefined) > maxDepth) return 'nested too deep'
    } else if (token === '}' || token === ']') {
      open.pop()
    }
  }
  return undefined
}

function notMetadata(privateDetail: string): Result<never, NotMetadata> {
  return failed(fetchFailure('not_metadata', privateDetail))
}
