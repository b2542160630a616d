import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { askReady, type StackService } from '@cambio/local-stack'
import { httpRequest } from '@cambio/testing'

import { type ChaosStack } from '../stack/chaos-stack.js'
import { type ServiceReplica } from '../stack/service-replica.js'
import { type Finding } from '../verification/evidence.js'
import { HEALS_WITHIN_MS } from '../verification/verifier.js'
import { hasSample } from './metrics-text.js'
import { type Measured, type Seen, type Witness } from './witness.js'

const LOOK_EVERY_MS = 1_000
const ANSWER_WITHIN_MS = 2_000

/** What a service says of a fault (docs/operations.md). */
export interface Sign {
  readonly metric: string
  /** Labels that the sample has; it may have others. */
  readonly labels: Readonly<Record<string, string>>
  readonly services: readonly StackService[]
  /** Whether every replica has to say it, or one of each service suffices. */
  readonly seenBy: 'every replica' | 'one of each service'
  /** After the beginning of the fault. */
  readonly withinMs: number
  /** A line of the log that comes with it. */
  readonly line?: string
}

/** Looks at `/readyz` and `/metrics` of every replica: ready all the while, and saying what is wrong while it is. */
export class SignWatch implements Witness {
  readonly #stack: ChaosStack
  readonly #signs: readonly Sign[]
  readonly #stopping = new AbortController()
  readonly #logSizes = new Map<string, number>()
  /** When each replica first gave each sign. */
  readonly #firstMs = new Map<Sign, Map<ServiceReplica, number>>()
  readonly #notReady = new Map<string, string>()
  #begunMs = 0
  /** Signs that were given at the last look. */
  #raised = new Map<ServiceReplica, number>()
  #running: Promise<unknown> = Promise.resolve()

  constructor(stack: ChaosStack, signs: readonly Sign[]) {
    this.#stack = stack
    this.#signs = signs
  }

  begin(): void {
    this.#begunMs = performance.now()
    for (const { name } of this.#stack.replicas) this.#logSizes.set(name, statSync(this.#logOf(name)).size)
    this.#running = Promise.all(this.#stack.replicas.map((replica) => this.#look(replica)))
  }

  async end(): Promise<Seen> {
    const overMs = performance.now()
    let goneMs = 0
    while ([...this.#raised.values()].some((count) => count > 0) && goneMs <= HEALS_WITHIN_MS) {
      await delay(100)
      goneMs = performance.now() - overMs
    }
    this.#stopping.abort()
    await this.#running
    const seen = this.#signs.map((sign) => this.#judge(sign))
    const findings = [...this.#notReady].map(([name, missing]): Finding => ({ code: 'not ready', detail: `${name}: ${missing}` }))
    if (goneMs > HEALS_WITHIN_MS) findings.push({ code: 'not in time', detail: 'what was told of the fault is told 30 s after it still' })
    return {
      measured: seen.flatMap(({ measured }) => measured),
      findings: [...findings, ...seen.flatMap((each) => each.findings)],
    }
  }

  async #look(replica: ServiceReplica): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      const fromMs = performance.now()
      const [ready, metrics] = await Promise.all([askReady(replica.url), metricsOf(replica)])
      const isExcused = this.#stack.disturbances.causeOf(replica.name, fromMs, performance.now()) !== undefined
      if (!ready.ready && !isExcused && !this.#notReady.has(replica.name)) this.#notReady.set(replica.name, ready.text)
      if (metrics !== undefined) this.#read(replica, metrics)
      await delay(LOOK_EVERY_MS)
    }
  }

  #read(replica: ServiceReplica, metrics: string): void {
    const given = this.#signs.filter(
      ({ metric, labels, services }) => services.includes(replica.service) && hasSample(metrics, metric, labels),
    )
    this.#raised.set(replica, given.length)
    for (const sign of given) {
      const first = this.#firstMs.get(sign) ?? new Map<ServiceReplica, number>()
      this.#firstMs.set(sign, first)
      if (!first.has(replica)) first.set(replica, performance.now() - this.#begunMs)
    }
  }

  #judge(sign: Sign): Seen {
    const first = this.#firstMs.get(sign) ?? new Map<ServiceReplica, number>()
    const name = Object.values(sign.labels).join(' ')
    const findings: Finding[] = []
    const times: number[] = []
    for (const service of sign.services) {
      const replicas = this.#stack.of(service)
      const seen = replicas.flatMap((replica) => first.get(replica) ?? [])
      const inTime = seen.filter((ms) => ms <= sign.withinMs).length
      const needed = sign.seenBy === 'every replica' ? replicas.length : 1
      times.push(...(sign.seenBy === 'every replica' ? seen : seen.length === 0 ? [] : [Math.min(...seen)]))
      if (inTime < needed) {
        const detail = `${sign.metric} ${name}: ${inTime} of ${needed} replicas of ${service} told it within ${sign.withinMs / 1_000} s`
        findings.push({ code: 'no alert', detail })
      }
      for (const replica of replicas) {
        if (sign.line === undefined || !first.has(replica) || this.#newLog(replica.name).includes(sign.line)) continue
        findings.push({ code: 'no alert', detail: `${replica.name} has no line “${sign.line}” in its log` })
      }
    }
    const measured: Measured[] = times.length === 0 ? [] : [{ what: `told “${name}”`, ms: Math.max(...times) }]
    return { measured, findings }
  }

  #newLog(name: string): string {
    return readFileSync(this.#logOf(name))
      .subarray(this.#logSizes.get(name) ?? 0)
      .toString('utf8')
  }

  #logOf(name: string): string {
    return join(this.#stack.directory.logs, `${name}.log`)
  }
}

/** `undefined` = it did not answer. */
async function metricsOf({ url }: ServiceReplica): Promise<string | undefined> {
  try {
    return (await httpRequest(`${url}/metrics`, { timeoutMs: ANSWER_WITHIN_MS })).text
  } catch {
    return undefined
  }
}
