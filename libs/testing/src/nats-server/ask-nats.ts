import { randomUUID } from 'node:crypto'
import { connect } from 'node:net'

/** How long a server may take for one answer. */
const ANSWER_WITHIN_MS = 1_000

/**
 * One question in the text protocol of NATS, for what this library has no client of.
 *
 * @returns what was answered; `undefined` when nothing was in time, or there is no server
 */
export async function askNats(port: number, subject: string, body: string): Promise<string | undefined> {
  const inbox = `answer-${randomUUID()}` // the nodes of a cluster share their subjects
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    let said = ''
    const end = (answer: string | undefined): void => {
      socket.destroy()
      resolve(answer)
    }
    socket.setTimeout(ANSWER_WITHIN_MS, () => {
      end(undefined)
    })
    socket.on('error', () => {
      end(undefined)
    })
    socket.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      const answer = /MSG answer-\S+ 1 \d+\r\n(.*)\r\n/.exec(said)?.[1]
      if (answer !== undefined) end(answer)
    })
    socket.write(`CONNECT {"verbose":false}\r\nSUB ${inbox} 1\r\nPUB ${subject} ${inbox} ${Buffer.byteLength(body)}\r\n${body}\r\n`)
  })
}
