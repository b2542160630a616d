import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** Bytes to send, or a pause before the next ones. A text is sent as UTF-8. */
export type RawPart = string | Uint8Array | { readonly pauseMs: number }

export interface RawHttpOptions {
  /** Default `127.0.0.1`. */
  readonly host?: string
  /** How long to wait for the server to close the connection. Default 5,000. */
  readonly withinMs?: number
}

export interface RawHttpAnswer {
  /** Everything that the server said, as UTF-8. */
  readonly text: string
  /** Status codes of the answers in it, in their order: two are a request smuggled in. */
  readonly statuses: readonly number[]
  /** Milliseconds from the connection to its end by the server; null when it was still open at the end. */
  readonly closedAfterMs: number | null
}

/**
 * Sends bytes that no HTTP client would, waits until the server closes the connection or the time is over, and tells
 * what it said. Parts are sent one by one; what the server says in between does not stop them.
 */
export async function rawHttp(port: number, parts: RawPart | readonly RawPart[], options: RawHttpOptions = {}): Promise<RawHttpAnswer> {
  const { host = '127.0.0.1', withinMs = 5_000 } = options
  const socket = connect({ port, host })
  await once(socket, 'connect')
  const startedMs = performance.now()
  const chunks: Buffer[] = []
  let closedAfterMs: number | null = null
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  socket.on('error', () => undefined) // a reset is one way to close
  const closed = new Promise<void>((resolve) => {
    const close = () => {
      closedAfterMs ??= performance.now() - startedMs
      resolve()
    }
    socket.once('end', close).once('close', close)
  })
  const over = new AbortController()
  const timeUp = sleep(withinMs, undefined, { signal: over.signal }).catch(() => undefined)
  await Promise.race([closed, timeUp, sendAll(parts, (bytes) => !socket.writable || socket.write(bytes)).then(() => closed)])
  over.abort()
  const result = closedAfterMs
  socket.destroy()
  const text = Buffer.concat(chunks).toString()
  return { text, statuses: [...text.matchAll(/^HTTP\/1\.[01] (\d{3})/gm)].map(([, status]) => Number(status)), closedAfterMs: result }
}

async function sendAll(parts: RawPart | readonly RawPart[], send: (bytes: string | Uint8Array) => void): Promise<void> {
  const list = isList(parts) ? parts : [parts]
  for (const part of list) {
    if (typeof part === 'string' || part instanceof Uint8Array) send(part)
    else await sleep(part.pauseMs)
  }
}

function isList(parts: RawPart | readonly RawPart[]): parts is readonly RawPart[] {
  return Array.isArray(parts)
}
