import { setTimeout as delay } from 'node:timers/promises'
import { aSubjectToken, type TestKey } from '@cambio/testing'

import { type Disturbances } from '../stack/disturbances.js'
import { call, type CallResult, saidOf } from './http-call.js'

const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
const TIMEOUT_MS = 5_000

/** What a client needs for valid requests; no change of the run touches any of it. */
export interface StableClient {
  readonly clientId: string
  readonly clientSecret: string
  readonly issuer: string
  readonly audience: string
  readonly key: TestKey
  /** The client id that the provider's tokens carry. */
  readonly providerClientId: string
}

export type Grant = 'client_credentials' | 'token_exchange'

/** A token service that is asked. */
export interface AskedReplica {
  readonly name: string
  readonly url: string
}

export interface ExchangeCounts {
  readonly asked: number
  readonly granted: number
  /** By the fault that kept the asked replica from answering at that moment. */
  readonly excused: Readonly<Record<string, number>>
  /** By what came in place of a token: each a fault of the product. */
  readonly failed: Readonly<Record<string, number>>
}

/** Asks every token service for tokens all the time. Every request is valid, so every answer but 200 is a failure. */
export class ExchangeLoad {
  readonly #replicas: readonly AskedReplica[]
  readonly #clients: readonly StableClient[]
  readonly #disturbances: Disturbances
  readonly #pauseMs: number
  readonly #stopping = new AbortController()
  readonly #excused: Record<string, number> = {}
  readonly #failed: Record<string, number> = {}
  /** Some of the tokens, for the search for secrets. */
  readonly tokens = new Set<string>()
  #asked = 0
  #granted = 0
  #running: Promise<unknown> = Promise.resolve()

  constructor(replicas: readonly AskedReplica[], clients: readonly StableClient[], disturbances: Disturbances, pauseMs: number) {
    this.#replicas = replicas
    this.#clients = clients
    this.#disturbances = disturbances
    this.#pauseMs = pauseMs
  }

  start(): void {
    this.#running = Promise.all(this.#replicas.map((replica) => this.#askAllTheTime(replica)))
  }

  async stop(): Promise<ExchangeCounts> {
    this.#stopping.abort()
    await this.#running
    return { asked: this.#asked, granted: this.#granted, excused: this.#excused, failed: this.#failed }
  }

  async #askAllTheTime(replica: AskedReplica): Promise<void> {
    for (let turn = 0; !this.#stopping.signal.aborted; turn += 1) {
      const client = this.#clients[turn % this.#clients.length]
      if (client === undefined) return
      await this.ask(replica, client, turn % 4 === 0 ? 'client_credentials' : 'token_exchange')
      await delay(this.#pauseMs)
    }
  }

  /** Waits until every token service has heard of every client. @throws Error when one has not after 20 s */
  async untilGranted(): Promise<void> {
    const deadline = performance.now() + 20_000
    for (const replica of this.#replicas) {
      for (const client of this.#clients) {
        for (let granted = false; !granted;) {
          const result = await askForToken(replica, client, 'token_exchange')
          granted = result.kind === 'answered' && result.status === 200
          if (!granted && performance.now() > deadline) throw new Error(`${replica.name} grants nothing: ${saidOf(result)}`)
          if (!granted) await delay(50)
        }
      }
    }
  }

  /** One valid request. */
  async ask(replica: AskedReplica, client: StableClient, grant: Grant): Promise<void> {
    const fromMs = performance.now()
    const result = await askForToken(replica, client, grant)
    this.#asked += 1
    const token = result.kind === 'answered' && result.status === 200 ? result.body['access_token'] : undefined
    if (typeof token === 'string') {
      this.#granted += 1
      if (this.tokens.size < 20) this.tokens.add(token)
      return
    }
    const cause = this.#disturbances.causeOf(replica.name, fromMs, performance.now())
    if (cause === undefined) count(this.#failed, `${replica.name} ${grant}: ${saidOf(result)}`)
    else count(this.#excused, cause)
  }
}

/** One valid request, and whatever was answered. */
export async function askForToken(replica: AskedReplica, client: StableClient, grant: Grant): Promise<CallResult> {
  const form = grant === 'client_credentials' ? { grant_type: grant } : exchangeForm(client)
  return call(`${replica.url}/oauth2/token`, { basic: [client.clientId, client.clientSecret], form, timeoutMs: TIMEOUT_MS })
}

function exchangeForm({ issuer, audience, key, providerClientId }: StableClient): Record<string, string> {
  const nowSeconds = Math.floor(Date.now() / 1_000)
  const claims = { aud: audience, client_id: providerClientId }
  const subjectToken = aSubjectToken({ issuer, key, nowSeconds, claims, header: { typ: 'at+jwt' } })
  return { grant_type: TOKEN_EXCHANGE, subject_token: subjectToken, subject_token_type: 'urn:ietf:params:oauth:token-type:jwt' }
}

function count(counts: Record<string, number>, key: string): void {
  counts[key] = (counts[key] ?? 0) + 1
}
