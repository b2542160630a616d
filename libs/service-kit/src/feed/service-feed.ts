import { randomUUID } from 'node:crypto'
import { join } from 'node:path'

import { type FeedEntry, type FeedKind, followedKinds, type FeedValue, natsInboxPrefix, newId, type ServiceName } from '@cambio/contracts'
import {
  type AnyFeedOwner,
  AppliedProbe,
  AppliedRevisions,
  createNatsLink,
  FeedOwner,
  type FeedOwnerOptions,
  FeedOwners,
  type FeedProjection,
  FeedReplica,
  type NatsLink,
  natsMicroserviceOptions,
  ProcessPresence,
  ReplicaDisks,
  ReplicaRoster,
  type ReplicaState,
  RpcClient,
} from '@cambio/messaging'

import { StartRefusal } from '../boot/start-refusal.js'
import { type Configuration } from '../configuration/parse-configuration.js'
import { type Secret } from '../configuration/secret.js'
import { type Log } from '../logging/logger.js'
import { currentTraceparent, requestContext } from '../logging/request-context.js'
import { readTraceparent } from '../logging/trace-context.js'

export interface ServiceFeedOptions<S extends ServiceName> {
  readonly service: S
  readonly configuration: Configuration<S>
  readonly log: Log
}

/** What every service's configuration says about the feed; the compiler cannot see it in a generic one. */
interface FeedConfiguration {
  readonly dataDirectory: string
  readonly natsUrl: readonly string[]
  readonly natsUser: string | undefined
  readonly natsPassword: Secret | undefined
  readonly snapshotKey: Secret<Uint8Array>
  readonly maxStalenessSeconds: number | undefined
  /** Absent for a service that owns nothing. */
  readonly natsReplicas?: number
}

interface FollowedKind {
  readonly replica: Pick<FeedReplica<FeedKind>, 'kind' | 'get' | 'size' | 'digest' | 'start' | 'stop' | 'state'>
  /** Typed by the kind they were passed with. */
  readonly projections: unknown[]
}

/**
 * A service's one connection to NATS with all that hangs on it: questions, answers, replicas and owners. It connects in
 * the background from its making on; replicas and owners start with the service (`ServiceOptions.feed`).
 */
export class ServiceFeed {
  readonly link: NatsLink
  readonly rpc: RpcClient
  /** The name of this process among the replicas of its service. */
  readonly replicaName: string = randomUUID()
  /** Resolves when NATS turns this process away for good: wrong credentials, or a server that is too old. */
  readonly refused: Promise<StartRefusal>
  readonly #service: ServiceName
  readonly #log: Log
  readonly #maxStalenessSeconds: number | undefined
  readonly #bucketReplicas: number
  readonly #disks: ReplicaDisks
  readonly #followed = new Map<FeedKind, FollowedKind>()
  readonly #owned: AnyFeedOwner[] = []
  #owners: FeedOwners | undefined
  #probe: AppliedProbe | undefined
  #presence: ProcessPresence | undefined
  #roster: ReplicaRoster | undefined

  private constructor(
    service: ServiceName,
    log: Log,
    { natsUrl, natsUser, natsPassword, maxStalenessSeconds, natsReplicas = 1 }: FeedConfiguration,
    disks: ReplicaDisks,
  ) {
    this.#service = service
    this.#log = log
    this.#maxStalenessSeconds = maxStalenessSeconds
    this.#bucketReplicas = natsReplicas
    this.#disks = disks
    this.link = createNatsLink({
      servers: natsUrl,
      name: service,
      log,
      inboxPrefix: natsInboxPrefix(service),
      // The launcher generates a password whether or not its own server is used; without a user it is for nobody.
      ...(natsUser === undefined || natsPassword === undefined ? {} : { credentials: { user: natsUser, pass: natsPassword.reveal() } }),
    })
    this.rpc = new RpcClient(this.link, log, { traceparent: currentTraceparent })
    this.refused = refusalOf(this.link)
  }

  /**
   * Takes the first free replica file of `<data directory>/<service>/replica.db`, `replica-2.db`, …, so that several processes
   * of a service may share a data directory, and begins to connect; NATS may be away.
   *
   * @throws StoreOpenError of `libs/store` when the file's place cannot be used
   */
  static async open<S extends ServiceName>({ service, configuration, log }: ServiceFeedOptions<S>): Promise<ServiceFeed> {
    const own = configuration as unknown as FeedConfiguration
    const directory = join(own.dataDirectory, service)
    const disks = await ReplicaDisks.open({ directory, snapshotKey: own.snapshotKey.reveal(), log })
    return new ServiceFeed(service, log, own, disks)
  }

  /**
   * Keeps a replica of a kind: one for the process, however many read it. Call it before the service starts.
   *
   * @param projections told of every entry, in this order
   */
  follow<K extends FeedKind>(kind: K, ...projections: readonly FeedProjection<K>[]): FeedReplica<K> {
    this.#assertNotStarted()
    if (!followedKinds[this.#service].includes(kind)) throw new TypeError(`${this.#service} may not follow ${kind}: see \`followedKinds\``)
    const known = this.#followed.get(kind)
    if (known !== undefined) {
      known.projections.push(...projections)
      return known.replica as unknown as FeedReplica<K>
    }
    const all = [...projections]
    const replica = this.#makeReplica(kind, all)
    this.#followed.set(kind, { replica: replica, projections: all })
    return replica
  }

  /** Publishes a kind that this service owns. Call it before the service starts. */
  own<K extends FeedKind, T>(options: Omit<FeedOwnerOptions<K, T>, 'link' | 'log'>): FeedOwner<K, T> {
    this.#assertNotStarted()
    if (this.#owners !== undefined) throw new TypeError('every owned kind is named before `owners` is read')
    const owner = new FeedOwner<K, T>({
      bucketReplicas: this.#bucketReplicas,
      ...(options as FeedOwnerOptions<K, T>),
      link: this.link,
      log: this.#log,
    })
    this.#owned.push(owner)
    return owner
  }

  /** All owned kinds; the provider that `feedConfirmController` needs. */
  get owners(): FeedOwners {
    this.#owners ??= new FeedOwners(this.#owned)
    return this.#owners
  }

  /** Tells on how many replicas a revision is applied. Only a service that reads this listens for who is there. */
  get applied(): AppliedRevisions {
    this.#roster ??= new ReplicaRoster({ link: this.link })
    return new AppliedRevisions(this.link, this.#roster)
  }

  /** The states of all replicas. */
  states(): readonly ReplicaState[] {
    return [...this.#followed.values()].map(({ replica }) => replica.state())
  }

  /** Questions about what is applied that could not be read, since the start. */
  get refusedQuestions(): number {
    return this.#probe?.refused ?? 0
  }

  /** By what the service answers questions. */
  microservice(): ReturnType<typeof natsMicroserviceOptions> {
    return natsMicroserviceOptions({ link: this.link, service: this.#service, log: this.#log, within: answerWithin })
  }

  /** Starts replicas and owners in the background. A second call does nothing. */
  start(): void {
    if (this.#probe !== undefined) return
    const replicas = [...this.#followed.values()].map(({ replica }) => replica)
    this.#probe = new AppliedProbe({ link: this.link, service: this.#service, replica: this.replicaName, replicas })
    this.#probe.start()
    const kinds = [...this.#followed.keys()]
    this.#presence = new ProcessPresence({ link: this.link, presence: { service: this.#service, replica: this.replicaName, kinds } })
    this.#presence.start()
    this.owners.start()
    for (const replica of replicas) {
      replica.start().catch((error: unknown) => {
        this.#log.error({ kind: replica.kind, error }, 'a replica could not start')
      })
    }
  }

  /** Ends after what is under way, and closes the file and the connection. */
  async stop(): Promise<void> {
    this.#presence?.stop()
    this.#roster?.stop()
    this.#probe?.stop()
    if (this.#probe !== undefined) {
      await Promise.all([this.owners.stop(), ...[...this.#followed.values()].map(async ({ replica }) => replica.stop())])
    }
    this.#disks.close()
    await this.link.close()
  }

  #makeReplica<K extends FeedKind>(kind: K, projections: readonly FeedProjection<K>[]): FeedReplica<K> {
    return new FeedReplica({
      kind,
      link: this.link,
      rpc: this.rpc,
      log: this.#log,
      disk: this.#disks.of(kind),
      maxStalenessSeconds: this.#maxStalenessSeconds,
      projection: {
        apply: (entry: FeedEntry<FeedValue<K>>, previous?: FeedEntry<FeedValue<K>>) => {
          for (const projection of projections) projection.apply(entry, previous)
        },
      },
    })
  }

  #assertNotStarted(): void {
    if (this.#probe !== undefined) throw new TypeError('kinds are named before the service starts')
  }
}

/** A question is answered like a request: its lines in the log have an id of our own making, and the asker's trace. */
function answerWithin(header: string | undefined, answering: () => void): void {
  const traceparent = readTraceparent(header)
  requestContext.run({ requestId: newId('request'), ...(traceparent === undefined ? {} : { traceparent }) }, answering)
}

async function refusalOf(link: NatsLink): Promise<StartRefusal> {
  try {
    await link.connected()
  } catch {
    // Closed before it was connected is no refusal: then nobody waits any more.
    if (link.state.status === 'refused') return new StartRefusal(`${link.state.reason ?? 'NATS refused this process'}.`)
  }
  return new Promise(() => undefined)
}
