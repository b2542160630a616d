import { setTimeout as delay } from 'node:timers/promises'
import { type AdminCredential, type StackService } from '@cambio/local-stack'

import { type SeededRandom } from '../random/seeded-random.js'
import { call, type CallResult } from './http-call.js'

/** A token is replaced when it is this old; it lives 15 minutes. */
const TOKEN_AGE_MS = 5 * 60_000

/** As long as a caller waits for an answer: longer than most freezes, so that late answers are seen too. */
const TIMEOUT_MS = 10_000

/** The addresses of the replicas of a service. */
export type Addresses = (service: StackService) => readonly string[]

/** A client of the administrators' API that spreads its requests over the replicas and keeps itself signed in. */
export class Administrator {
  readonly secrets = new Set<string>()
  readonly #addresses: Addresses
  readonly #credential: AdminCredential
  readonly #random: SeededRandom
  #token: { readonly text: string; readonly atMs: number } | undefined
  #signingIn: Promise<string> | undefined

  constructor(addresses: Addresses, credential: AdminCredential, random: SeededRandom) {
    this.#addresses = addresses
    this.#credential = credential
    this.#random = random
    this.secrets.add(credential.clientSecret)
  }

  /** Sends a request to a replica; which, the seed decides. */
  async send(
    service: StackService,
    method: string,
    path: string,
    more: { readonly json?: object | undefined; readonly idempotencyKey?: string | undefined } = {},
  ): Promise<CallResult & { readonly address: string }> {
    const address = this.#random.pick(this.#addresses(service))
    return { ...(await this.sendTo(address, method, path, more)), address }
  }

  async sendTo(
    address: string,
    method: string,
    path: string,
    { json, idempotencyKey }: { readonly json?: object | undefined; readonly idempotencyKey?: string | undefined } = {},
  ): Promise<CallResult> {
    const bearer = await this.#signedIn()
    const headers = idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }
    const answer = await call(`${address}${path}`, {
      method,
      bearer,
      headers,
      timeoutMs: TIMEOUT_MS,
      ...(json === undefined ? {} : { json }),
    })
    if (answer.kind === 'answered') this.#note(answer.body)
    return answer
  }

  /** For what has to work before the faults begin. @throws Error with the answer */
  async must(service: StackService, method: string, path: string, json?: object): Promise<Readonly<Record<string, unknown>>> {
    const deadline = performance.now() + 20_000
    for (;;) {
      const answer = await this.send(service, method, path, { json })
      if (answer.kind === 'answered' && answer.status < 300) return answer.body
      const mayComeRight = answer.kind !== 'answered' || answer.status >= 500 || answer.status === 404
      if (!mayComeRight || performance.now() > deadline) throw new Error(`${method} ${path}: ${JSON.stringify(answer)}`)
      await delay(200)
    }
  }

  async #signedIn(): Promise<string> {
    if (this.#token !== undefined && performance.now() - this.#token.atMs < TOKEN_AGE_MS) return this.#token.text
    this.#signingIn ??= this.#signIn().finally(() => (this.#signingIn = undefined))
    return this.#signingIn
  }

  /** Until it works: both token services may be down at the moment. */
  async #signIn(): Promise<string> {
    const { clientId, clientSecret } = this.#credential
    for (;;) {
      const address = this.#random.pick(this.#addresses('token-service'))
      const atMs = performance.now()
      const answer = await call(`${address}/oauth2/token`, {
        basic: [clientId, clientSecret],
        form: { grant_type: 'client_credentials' },
        timeoutMs: TIMEOUT_MS,
      })
      const text = answer.kind === 'answered' ? answer.body['access_token'] : undefined
      if (typeof text === 'string') {
        this.secrets.add(text)
        this.#token = { text, atMs }
        return text
      }
      await delay(200)
    }
  }

  /** A secret is in its answer this once. */
  #note(body: Readonly<Record<string, unknown>>): void {
    const secret = body['clientSecret']
    if (typeof secret === 'string') this.secrets.add(secret)
  }
}
