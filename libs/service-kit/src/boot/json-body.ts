import { type ProblemError, problem } from '../problems/problem.js'

const decoder = new TextDecoder('utf-8', { fatal: true })

/**
 * The text of a JSON body, or the problem with it: it must be UTF-8 (RFC 8259 §8.1) and not nested deeper than `maxDepth`,
 * so that no code that walks it runs out of stack.
 */
export function jsonText(body: Uint8Array, maxDepth: number): string | ProblemError {
  let text: string
  try {
    text = decoder.decode(body)
  } catch {
    return problem('malformed_json', { detail: 'The body is not UTF-8.' })
  }
  return isDeeperThan(text, maxDepth) ? problem('malformed_json', { detail: `The body is nested deeper than ${maxDepth}.` }) : text
}

/** Counts brackets outside of strings; on malformed JSON the answer does not matter, as the parser refuses it anyway. */
function isDeeperThan(text: string, maxDepth: number): boolean {
  let depth = 0
  let isInString = false
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index]
    if (isInString) {
      if (character === '\\') index += 1
      else if (character === '"') isInString = false
    } else if (character === '"') isInString = true
    else if (character === '{' || character === '[') {
      depth += 1
      if (depth > maxDepth) return true
    } else if (character === '}' || character === ']') depth -= 1
  }
  return false
}
