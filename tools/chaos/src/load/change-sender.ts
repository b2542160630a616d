import { setTimeout as delay } from 'node:timers/promises'

import { type Administrator } from './administrator.js'
import { type Body, type Change } from './change.js'
import { type CallResult, saidOf } from './http-call.js'
import { type Journal, type WriteOutcome } from './journal.js'

/** How often a request with an idempotency key is sent when no answer comes. */
const ATTEMPTS = 6
const PAUSE_MS = 300

/** After this a request that nobody takes is given up; both replicas of a service may be down for a while. */
const UNSENT_LIMIT_MS = 60_000

/** What an administrator who does everything right may be refused for: others were faster. */
const expectedRefusals = new Set([404, 409, 422])

/** Sends changes and writes down what became of each. */
export class ChangeSender {
  /** Refusals that nobody should get, answers that contradict each other: each a fault of the product. */
  readonly contradictions: string[] = []
  readonly #journal: Journal
  readonly #administrator: Administrator
  #count = 0

  constructor(journal: Journal, administrator: Administrator) {
    this.#journal = journal
    this.#administrator = administrator
  }

  /** Sends a change until an answer came or there is no more sense in it. */
  async send(change: Change): Promise<WriteOutcome> {
    const { service, method, path, json, idempotent } = change
    const idempotencyKey = idempotent ? `chaos-${(this.#count += 1)}` : undefined
    const begunMs = performance.now()
    let isUnknown = false
    for (let attempt = 0; attempt < ATTEMPTS;) {
      const startedMs = performance.now()
      const result = await this.#administrator.send(service, method, path, { json, idempotencyKey })
      if (result.kind === 'not sent') {
        if (startedMs - begunMs > UNSENT_LIMIT_MS) break
        await delay(PAUSE_MS)
        continue
      }
      attempt += 1
      if (result.kind === 'answered' && result.status < 300) return this.#acknowledge(change, startedMs, result.body, result.status)
      const isFinal = result.kind === 'answered' && result.status < 500 && result.body['code'] !== 'idempotency_in_progress'
      if (isFinal) return this.#refuse(change, startedMs, result, isUnknown)
      if (result.kind === 'broken' || result.status >= 500) {
        isUnknown = true
        this.#write(change, 'unknown', startedMs, saidOf(result))
      }
      if (!idempotent) break
      await delay(PAUSE_MS * attempt)
    }
    return 'unknown'
  }

  #acknowledge(change: Change, startedMs: number, body: Body, status: number): WriteOutcome {
    const { aggregate, operation } = change
    const id = body['id']
    if (operation === 'create' && typeof id === 'string') {
      if (aggregate.id !== undefined && aggregate.id !== id) {
        this.contradictions.push(`two ${aggregate.kind} are called ${aggregate.name}: ${aggregate.id} and ${id}`)
      }
      aggregate.id ??= id
    }
    const touches = change.answered?.(body) ?? change.touches
    const rev = typeof body['rev'] === 'number' ? body['rev'] : undefined
    this.#journal.add(aggregate, {
      operation,
      outcome: 'acknowledged',
      startedMs,
      finishedMs: performance.now(),
      rev,
      touches,
      said: String(status),
    })
    change.done?.(body)
    return 'acknowledged'
  }

  /** A repetition may be refused because the first one was done after all; then that one stands in the journal. */
  #refuse(change: Change, startedMs: number, result: CallResult & { readonly kind: 'answered' }, isUnknown: boolean): WriteOutcome {
    if (!expectedRefusals.has(result.status)) {
      this.contradictions.push(`${change.method} ${change.path} was refused: ${saidOf(result)}`)
    }
    if (isUnknown) return 'unknown'
    this.#write(change, 'refused', startedMs, saidOf(result))
    return 'refused'
  }

  #write({ aggregate, operation, touches }: Change, outcome: WriteOutcome, startedMs: number, how: string): void {
    this.#journal.add(aggregate, { operation, outcome, startedMs, finishedMs: performance.now(), touches, said: how })
  }
}
