import { get } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'

/** What `/readyz` said last. */
export interface ReadyAnswer {
  readonly ready: boolean
  /** Why it is not, in the service's own words, or that nobody answers. */
  readonly text: string
}

/** Asks a service once whether it is ready. */
export async function askReady(baseUrl: string): Promise<ReadyAnswer> {
  return new Promise((resolve) => {
    const request = get(`${baseUrl}/readyz`, { timeout: 2_000, agent: false }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (part: string) => (text += part))
      response.on('end', () => {
        resolve({ ready: response.statusCode === 200, text })
      })
      response.on('error', () => {
        resolve({ ready: false, text: 'the answer broke off' })
      })
    })
    request.on('timeout', () => request.destroy(new Error('timeout')))
    request.on('error', () => {
      resolve({ ready: false, text: 'nobody answers' })
    })
  })
}

/** Asks until a service is ready. @returns undefined when it is, else what it said last */
export async function waitUntilReady(baseUrl: string, withinMs: number, isOver: () => boolean): Promise<string | undefined> {
  const deadline = Date.now() + withinMs
  for (;;) {
    const answer = await askReady(baseUrl)
    if (answer.ready) return undefined
    if (Date.now() > deadline || isOver()) return answer.text
    await delay(50)
  }
}
