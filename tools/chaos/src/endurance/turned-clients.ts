import { setTimeout as delay } from 'node:timers/promises'

import { type ChaosWorld } from '../chaos-world.js'
import { Changes } from '../load/changes.js'
import { askForToken, type AskedReplica, type StableClient } from '../load/exchange-load.js'
import { saidOf } from '../load/http-call.js'
import { type ClientGroup, makeClients } from '../load/prepare-world.js'
import { type ServiceReplica } from '../stack/service-replica.js'
import { type Finding } from '../verification/evidence.js'
import { HEALS_WITHIN_MS } from '../verification/verifier.js'
import { type Measured, type Seen, type Witness } from './witness.js'

const ASK_EVERY_MS = 200

/** So that the process stands when the changes are made. */
const AFTER_THE_STOP_MS = 1_000

/** A replica that nothing was done to knows of a change within this time, also on a busy machine (EV-01: 1 s). */
const UNDISTURBED_WITHIN_MS = 5_000

/** An answer that has to turn. */
interface Turn {
  readonly what: 'denial' | 'allowance'
  readonly client: StableClient
}

/**
 * EV-19: while one token service stands still, an identity provider is disabled and another one enabled. The other
 * replica has to know at once, and the one that stood still soon after it goes on.
 */
export class TurnedClients implements Witness {
  readonly #world: ChaosWorld
  readonly #frozen: ServiceReplica
  readonly #other: ServiceReplica
  readonly #groups: Readonly<Record<Turn['what'], ClientGroup>>
  readonly #stopping = new AbortController()
  readonly #findings: Finding[] = []
  readonly #measured: Measured[] = []
  #running: Promise<unknown> = Promise.resolve()

  private constructor(world: ChaosWorld, replicas: readonly [ServiceReplica, ServiceReplica], groups: Record<Turn['what'], ClientGroup>) {
    this.#world = world
    this.#frozen = replicas[0]
    this.#other = replicas[1]
    this.#groups = groups
  }

  /** Makes one client that is allowed and one that is denied, known to both token services; the first is to be frozen. */
  static async prepare(world: ChaosWorld): Promise<TurnedClients> {
    const [organization] = world.prepared.organizations
    const [frozen, other] = world.stack.of('token-service')
    if (organization === undefined || frozen === undefined || other === undefined) throw new TypeError('there are two token services')
    const denial = await makeClients(world, organization, { name: 'turns-to-denial', applications: 1 })
    const allowance = await makeClients(world, organization, { name: 'turns-to-allowance', applications: 1 })
    const disabled = await world.sender.send(new Changes(world.journal, organization).enableProvider(allowance.provider, false))
    if (disabled !== 'acknowledged') throw new Error('an identity provider cannot be disabled although nothing is broken yet')
    const made = new TurnedClients(world, [frozen, other], { denial, allowance })
    const deadline = performance.now() + HEALS_WITHIN_MS
    for (const replica of [frozen, other]) {
      while (!(await made.#isAsBefore(replica))) {
        if (performance.now() > deadline) throw new Error(`${replica.name} does not know the clients that are to turn`)
        await delay(ASK_EVERY_MS)
      }
    }
    return made
  }

  begin(): void {
    this.#running = this.#watch()
  }

  async end(): Promise<Seen> {
    // The turn of the frozen one is waited for, and then both are asked a while whether they keep to it.
    await delay(AFTER_THE_STOP_MS)
    this.#stopping.abort()
    await this.#running
    return { measured: this.#measured, findings: this.#findings }
  }

  async #watch(): Promise<void> {
    await delay(AFTER_THE_STOP_MS)
    const [organization] = this.#world.prepared.organizations
    if (organization === undefined) return
    const changes = new Changes(this.#world.journal, organization)
    await this.#world.sender.send(changes.enableProvider(this.#groups.denial.provider, false))
    await this.#world.sender.send(changes.enableProvider(this.#groups.allowance.provider, true))
    const acknowledgedMs = performance.now()
    const others = this.#turns().map((turn) => this.#follow(this.#other, turn, acknowledgedMs, UNDISTURBED_WITHIN_MS, 'the other replica'))
    while (this.#frozen.resumedMs === undefined) await delay(5)
    const resumedMs = this.#frozen.resumedMs
    const own = this.#turns().map((turn) => this.#follow(this.#frozen, turn, resumedMs, HEALS_WITHIN_MS, 'the stopped replica'))
    await Promise.all([...others, ...own])
  }

  /** Waits for the right answer, which has to come in time and to stay. */
  async #follow(replica: ServiceReplica, { what, client }: Turn, fromMs: number, withinMs: number, where: string): Promise<void> {
    let said = ''
    let rightMs: number | undefined
    while (rightMs === undefined || !this.#stopping.signal.aborted) {
      const answer = await answerOf(replica, client)
      said = answer.said
      const tookMs = performance.now() - fromMs
      if (answer.what === what) rightMs ??= tookMs
      else if (rightMs !== undefined) {
        this.#findings.push({ code: 'wrong answer', detail: `${replica.name}: ${said} after the ${what} had begun` })
        return
      } else if (tookMs > withinMs * 2) break
      await delay(ASK_EVERY_MS)
    }
    if (rightMs !== undefined) this.#measured.push({ what: `${what} at ${where}`, ms: rightMs })
    if (rightMs === undefined || rightMs > withinMs) {
      this.#findings.push({ code: 'not in time', detail: `${replica.name}: ${what} not within ${withinMs / 1_000} s, but ${said}` })
    }
  }

  #turns(): readonly Turn[] {
    return (['denial', 'allowance'] as const).flatMap((what) => this.#groups[what].clients.map((client) => ({ what, client })))
  }

  async #isAsBefore(replica: AskedReplica): Promise<boolean> {
    const opposite = { denial: 'allowance', allowance: 'denial' } as const
    const answers = await Promise.all(
      this.#turns().map(async ({ what, client }) => (await answerOf(replica, client)).what === opposite[what]),
    )
    return answers.every(Boolean)
  }
}

async function answerOf(replica: AskedReplica, client: StableClient): Promise<{ what: Turn['what'] | 'neither'; said: string }> {
  const result = await askForToken(replica, client, 'token_exchange')
  const status = result.kind === 'answered' ? result.status : undefined
  return { what: status === 200 ? 'allowance' : status === 400 ? 'denial' : 'neither', said: saidOf(result) }
}
