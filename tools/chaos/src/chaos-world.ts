import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { Administrator } from './load/administrator.js'
import { ChangeSender } from './load/change-sender.js'
import { type ExchangeCounts } from './load/exchange-load.js'
import { Journal } from './load/journal.js'
import { type PreparedWorld, prepareWorld } from './load/prepare-world.js'
import { SeededRandom } from './random/seeded-random.js'
import { type ChaosNats, startChaosNats, type Topology } from './stack/chaos-nats.js'
import { ChaosStack } from './stack/chaos-stack.js'
import { type Evidence, type Finding } from './verification/evidence.js'
import { findSecrets } from './verification/find-secrets.js'
import { Verifier } from './verification/verifier.js'

/** Organizations in which changes happen. */
const ORGANIZATIONS = 3

/** Everything of one run: NATS, the services, what was prepared in them, and who looks at it. */
export class ChaosWorld {
  private constructor(
    readonly random: SeededRandom,
    readonly nats: ChaosNats,
    readonly stack: ChaosStack,
    readonly journal: Journal,
    readonly administrator: Administrator,
    readonly sender: ChangeSender,
    readonly prepared: PreparedWorld,
    readonly verifier: Verifier,
  ) {}

  /** Starts two replicas of everything at the same moment on an empty directory, and prepares what valid exchanges need. */
  static async start({
    seed,
    topology,
    binary,
  }: {
    readonly seed: string
    readonly topology: Topology
    readonly binary: string
  }): Promise<ChaosWorld> {
    const random = new SeededRandom(`${seed}/${topology}`)
    const directory = mkdtempSync(join(tmpdir(), 'cambio-chaos-'))
    const nats = await startChaosNats(topology, binary)
    let stack: ChaosStack | undefined
    try {
      stack = await ChaosStack.prepare(directory, nats.envOf)
      await stack.startAll()
      const started = stack
      const addresses = (service: Parameters<ChaosStack['of']>[0]): string[] => started.of(service).map(({ url }) => url)
      const administrator = new Administrator(addresses, stack.admin(), random.derive('administrator'))
      const journal = new Journal(join(directory, 'journal.jsonl'))
      const sender = new ChangeSender(journal, administrator)
      const prepared = await prepareWorld({ administrator, sender, journal }, ORGANIZATIONS)
      const handles = [...prepared.organizations.map(({ handle }) => handle), 'stable']
      const verifier = new Verifier({ stack, nats, journal, administrator, handles })
      return new ChaosWorld(random, nats, stack, journal, administrator, sender, prepared, verifier)
    } catch (error) {
      await stack?.stop()
      await nats.stop()
      throw error
    }
  }

  /** What was noticed on the way. */
  findings(evidence: Evidence, tokens: Iterable<string>, { failed }: Pick<ExchangeCounts, 'failed'>): Finding[] {
    const secrets = [...this.administrator.secrets, ...Object.values(this.stack.secrets), ...tokens]
    return [
      ...findSecrets(evidence, this.stack.directory.logs, secrets),
      ...this.sender.contradictions.map((detail): Finding => ({ code: 'contradiction', detail })),
      ...this.stack.unexpectedEnds.map((detail): Finding => ({ code: 'process ended', detail })),
      ...Object.entries(failed).map(([cause, count]): Finding => ({ code: 'failed exchange', detail: `${count} × ${cause}` })),
    ]
  }

  /** Ends everything. The directory stays where something was found, for whoever looks for the reason. */
  async stop(keep = false): Promise<void> {
    await this.verifier.close()
    await this.stack.stop()
    await this.nats.stop()
    if (!keep) rmSync(this.stack.directory.path, { recursive: true, force: true })
  }
}
