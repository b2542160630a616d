import { Agent, request } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'

import { type LoadRequest } from '../load.js'

/** The members of a token answer that tell one state of the client from another. */
interface TokenAnswer {
  readonly expires_in?: number
}

/** Between an answer and the next request: three clients without a pause would keep both processors of a small machine busy, which is not idle. */
const PAUSE_MS = 2

/** Asks one token service the same again and again on one connection. */
export class PolledClient {
  readonly #url: string
  readonly #request: LoadRequest
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 })

  constructor(url: string, polled: LoadRequest) {
    this.#url = url
    this.#request = polled
  }

  /**
   * Polls until a token has this lifetime.
   *
   * @returns when that answer had arrived, on the clock of `performance.now()`
   * @throws Error after 10 s, or for an answer other than 200
   */
  async until(expiresIn: number): Promise<number> {
    const deadline = performance.now() + 10_000
    while (performance.now() < deadline) {
      const answer = await this.#ask()
      if (answer.expires_in === expiresIn) return performance.now()
      await delay(PAUSE_MS)
    }
    throw new Error(`${this.#url} has not applied a change within 10 s`)
  }

  close(): void {
    this.#agent.destroy()
  }

  async #ask(): Promise<TokenAnswer> {
    const { path, headers, body } = this.#request
    return new Promise((resolve, reject) => {
      const sent = request(`${this.#url}${path}`, { method: 'POST', agent: this.#agent, headers }, (response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (part: string) => (text += part))
        response.on('error', reject)
        response.on('end', () => {
          if (response.statusCode === 200) resolve(JSON.parse(text) as TokenAnswer)
          else reject(new Error(`${this.#url} answered ${String(response.statusCode)}: ${text}`))
        })
      })
      sent.on('error', reject)
      sent.end(body)
    })
  }
}
