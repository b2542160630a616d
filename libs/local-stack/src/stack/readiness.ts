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

/** After which somebody who waits wants to know for what. */
const SLOW_MS = 5_000

/** A wait for a service to become ready. */
export interface ReadinessWait {
  readonly baseUrl: string
  readonly withinMs: number
  /** Ends the wait early. */
  readonly isOver: () => boolean
  /** Told once what is missing when it takes longer than 5 s. */
  readonly onSlow: (missing: string) => void
}

/** Asks until a service is ready. @returns undefined when it is, else what it said last */
export async function waitUntilReady({ baseUrl, withinMs, isOver, onSlow }: ReadinessWait): Promise<string | undefined> {
  const startedAt = Date.now()
  let told = false
  for (;;) {
    const answer = await askReady(baseUrl)
    if (answer.ready) return undefined
    const waitedMs = Date.now() - startedAt
    if (waitedMs > withinMs || isOver()) return answer.text
    if (waitedMs > SLOW_MS && !told) {
      told = true
      onSlow(answer.text)
    }
    await delay(50)
  }
}
