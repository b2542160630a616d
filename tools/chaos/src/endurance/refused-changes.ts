import { setTimeout as delay } from 'node:timers/promises'

import { type ChaosWorld } from '../chaos-world.js'
import { type Change } from '../load/change.js'
import { Changes } from '../load/changes.js'
import { saidOf } from '../load/http-call.js'
import { Journal } from '../load/journal.js'
import { type Finding } from '../verification/evidence.js'
import { type Seen, type Witness } from './witness.js'

/** So that the fault has begun. */
const AFTER_THE_BEGINNING_MS = 1_500

/**
 * What needs an answer of the other registry is refused while nobody can be asked, and nothing of it happens: it stands in
 * no journal, so the verification would call it invented.
 */
export class RefusedChanges implements Witness {
  readonly #world: ChaosWorld
  #running: Promise<readonly Finding[]> = Promise.resolve([])

  constructor(world: ChaosWorld) {
    this.#world = world
  }

  begin(): void {
    this.#running = this.#ask()
  }

  async end(): Promise<Seen> {
    return { measured: [], findings: await this.#running }
  }

  async #ask(): Promise<Finding[]> {
    await delay(AFTER_THE_BEGINNING_MS)
    const findings: Finding[] = []
    for (const change of this.#changes()) {
      const { service, method, path, json } = change
      const answer = await this.#world.administrator.send(service, method, path, { json })
      const isRefused = answer.kind === 'answered' && answer.status === 503 && typeof answer.body['code'] === 'string'
      if (!isRefused) findings.push({ code: 'wrong answer', detail: `${method} ${path}: ${saidOf(answer)} in place of 503` })
    }
    return findings
  }

  #changes(): Change[] {
    const { provider, applications } = this.#world.prepared.stable
    const changes = new Changes(new Journal(), { id: provider.org, handle: 'stable' })
    return [...applications.map((application) => changes.bind(application, provider, 'never-bound')), changes.remove(provider)]
  }
}
