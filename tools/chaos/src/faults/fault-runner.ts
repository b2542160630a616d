import { existsSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'

import { type ChaosNats, type NatsNode } from '../stack/chaos-nats.js'
import { type ChaosStack } from '../stack/chaos-stack.js'
import { type ServiceReplica } from '../stack/service-replica.js'
import { type Fault, type FaultKind, type PlannedFault } from './fault.js'
import { Lane } from './lane.js'

/** Faults that wait for their turn in a lane before the load is held back. */
const WAITING_LIMIT = 1

/** Less than any store holds, and enough for every one. */
const NO_ROOM_BYTES = 1
const ROOM_BYTES = 1024 ** 3

/**
 * Does the planned faults one after the other, those of services and those of NATS beside each other, so that they
 * overlap. Each heals what it broke; a process that does not come back is told to `onFailure`.
 */
export class FaultRunner {
  readonly counts: Partial<Record<FaultKind, number>> = {}
  readonly #stack: ChaosStack
  readonly #nats: ChaosNats
  readonly #plan: PlannedFault[]
  readonly #say: (line: string) => void
  readonly #onFailure: (detail: string) => void
  readonly #services = new Lane()
  readonly #natsLane = new Lane()

  constructor(
    stack: ChaosStack,
    nats: ChaosNats,
    plan: readonly PlannedFault[],
    listener: { readonly say: (line: string) => void; readonly onFailure: (detail: string) => void },
  ) {
    this.#stack = stack
    this.#nats = nats
    this.#plan = [...plan]
    this.#say = listener.say
    this.#onFailure = listener.onFailure
  }

  /** Called before each change: begins what is due, and holds the load back while faults are behind. */
  async before(change: number): Promise<void> {
    for (let next = this.#plan[0]; next !== undefined && next.atChange <= change; next = this.#plan[0]) {
      this.#plan.shift()
      this.#begin(next.fault, change)
    }
    while (this.#services.waiting > WAITING_LIMIT || this.#natsLane.waiting > WAITING_LIMIT) await delay(50)
  }

  /** Resolves when every fault that has begun is over. */
  async over(): Promise<void> {
    await Promise.all([this.#services.idle(), this.#natsLane.idle()])
  }

  #begin(fault: Fault, change: number): void {
    const lane = fault.kind.includes('NATS') ? this.#natsLane : this.#services
    lane.add(async () => {
      this.#say(`after change ${change}: ${JSON.stringify(fault)}`)
      this.counts[fault.kind] = (this.counts[fault.kind] ?? 0) + 1
      await this.#run(fault).catch((error: unknown) => {
        this.#onFailure(`${fault.kind}: ${error instanceof Error ? error.message : String(error)}`)
      })
    })
  }

  async #run(fault: Fault): Promise<void> {
    switch (fault.kind) {
      case 'kill -9 of a replica':
        return this.#killed([this.#replica(fault)], fault.downMs)
      case 'kill -9 of a service':
        return this.#killed(this.#stack.of(fault.service), fault.downMs)
      case 'SIGSTOP of a replica':
        return this.#frozen(this.#replica(fault), fault.forMs)
      case 'replica file tampered with':
        return this.#tampered(this.#replica(fault), fault.how)
      case 'kill -9 of a NATS node':
        return this.#natsKilled([this.#node(fault)], fault.downMs)
      case 'SIGSTOP of a NATS node':
        return this.#natsFrozen(this.#node(fault), fault.forMs)
      case 'NATS store wiped':
        return this.#node(fault).wipe()
      case 'all NATS stores wiped':
        await Promise.all(this.#nats.nodes.map(async (node) => node.kill()))
        await Promise.all(this.#nats.nodes.map(async (node) => node.wipe()))
        return
      case 'NATS away':
        return this.#natsKilled(this.#nats.nodes, fault.forMs)
      case 'NATS storage full':
        return this.#natsFull(fault.forMs)
      case 'NATS restarted':
        return this.#natsRestarted(this.#node(fault), fault)
      case 'kill -9 of everything':
        // In the lane of the services; the other one is held meanwhile.
        return this.#natsLane.exclusively(async () => {
          await Promise.all([this.#killed(this.#stack.replicas, fault.downMs), this.#natsKilled(this.#nats.nodes, fault.downMs)])
        })
    }
  }

  async #killed(replicas: readonly ServiceReplica[], downMs: number): Promise<void> {
    await Promise.all(replicas.map((replica) => replica.kill()))
    await delay(downMs)
    await Promise.all(replicas.map((replica) => replica.start()))
    await this.#ready(replicas)
  }

  async #frozen(replica: ServiceReplica, forMs: number): Promise<void> {
    replica.pause()
    await delay(forMs)
    replica.resume()
    await this.#ready([replica])
  }

  async #tampered(replica: ServiceReplica, how: 'deleted' | 'truncated' | 'overwritten'): Promise<void> {
    const file = replica.replicaFile()
    await replica.kill('replica file tampered with')
    if (file === undefined) throw new Error(`${replica.name} had no replica file open`)
    tamper(file, how)
    await replica.start()
    await this.#ready([replica])
  }

  async #natsKilled(nodes: readonly NatsNode[], downMs: number): Promise<void> {
    await Promise.all(nodes.map(async (node) => node.kill()))
    await delay(downMs)
    await Promise.all(nodes.map(async (node) => node.restart()))
  }

  async #natsFrozen(node: NatsNode, forMs: number): Promise<void> {
    await node.pause()
    await delay(forMs)
    node.resume()
  }

  async #natsFull(forMs: number): Promise<void> {
    const { restartWithRoom } = this.#nats
    if (restartWithRoom === undefined) throw new TypeError('only a single node is left without room')
    await restartWithRoom(NO_ROOM_BYTES)
    await delay(forMs)
    await restartWithRoom(ROOM_BYTES)
  }

  async #natsRestarted(node: NatsNode, { times, pauseMs }: { readonly times: number; readonly pauseMs: number }): Promise<void> {
    for (let time = 1; time <= times; time += 1) {
      await node.restart()
      if (time < times) await delay(pauseMs)
    }
  }

  async #ready(replicas: readonly ServiceReplica[]): Promise<void> {
    await Promise.all(
      replicas.map(async (replica) => {
        if ((await replica.untilReady()) === undefined) this.#onFailure(`${replica.name} is not ready 60 s after its fault`)
      }),
    )
  }

  #replica({ service, replica }: { readonly service: ServiceReplica['service']; readonly replica: number }): ServiceReplica {
    const found = this.#stack.of(service)[replica]
    if (found === undefined) throw new TypeError(`${service} has no replica ${replica}`)
    return found
  }

  #node({ node }: { readonly node: number }): NatsNode {
    const found = this.#nats.nodes[node]
    if (found === undefined) throw new TypeError(`there is no NATS node ${node}`)
    return found
  }
}

function tamper(file: string, how: 'deleted' | 'truncated' | 'overwritten'): void {
  // The write-ahead log too: of a small file it holds every page.
  for (const ending of ['', '-wal', '-shm']) {
    const part = file + ending
    if (!existsSync(part)) continue
    if (how === 'deleted' || ending === '-shm') rmSync(part)
    else if (how === 'truncated') truncateSync(part, Math.floor(statSync(part).size / 2))
    else writeFileSync(part, Buffer.alloc(statSync(part).size, 0x5a))
  }
}
