import { httpRequest, type HttpRequestOptions } from '@cambio/testing'

/** What became of a request. */
export type CallResult =
  | {
      readonly kind: 'answered'
      readonly status: number
      readonly headers: Readonly<Record<string, string | string[] | undefined>>
      readonly body: Readonly<Record<string, unknown>>
    }
  /** Nobody listened: it has changed nothing. */
  | { readonly kind: 'not sent' }
  /** The connection broke or nothing came in time: it may have been done or not. */
  | { readonly kind: 'broken'; readonly reason: string }

/** One request on a connection of its own. */
export async function call(url: string, options: HttpRequestOptions): Promise<CallResult> {
  try {
    const answer = await httpRequest(url, options)
    return { kind: 'answered', status: answer.status, headers: answer.headers, body: objectIn(answer.text) }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : error instanceof Error ? error.name : 'unknown'
    return code === 'ECONNREFUSED' ? { kind: 'not sent' } : { kind: 'broken', reason: code }
  }
}

/** The members of a JSON object; nothing of what is none. */
function objectIn(text: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(text)
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

/** What an answer said, or how there was none, in few words: status and error code. */
export function saidOf(result: CallResult): string {
  if (result.kind === 'not sent') return 'nobody listened'
  if (result.kind === 'broken') return result.reason
  const code = result.body['code'] ?? result.body['error']
  return typeof code === 'string' ? `${result.status} ${code}` : String(result.status)
}
