import {
  type AdminClientValue,
  type AdminRole,
  ADMIN_AUDIENCE,
  type FeedKind,
  feedKinds,
  type FeedValue,
  type Id,
  listBindings,
  newId,
  type OrganizationId,
  PLATFORM,
  type RpcResult,
  scopesOfAdminRole,
} from '@cambio/contracts'
import { AnswersRpc, createNatsLink, FeedOwner, FeedReplica, type NatsLink, natsMicroserviceOptions, RpcClient } from '@cambio/messaging'
import { openSqliteStore, type Store } from '@cambio/store'
import { anAdminClient, anOrganization, aSigningKey, type CapturedLogs, rawJwt, signedBy, testKey, thumbprint } from '@cambio/testing'
import { Controller, type INestMicroservice, Inject, Module } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'

/** The issuer of our own tokens in these specs. */
export const OWN_ISSUER = 'http://localhost:8400'

const signingKey = testKey('ES256', { name: 'signing' })

/** What `applications` answers about bindings; a test sets it. */
export class KnownBindings {
  applications: readonly { readonly id: Id<'application'>; readonly name: string }[] = []
  readonly asked: { readonly org: string; readonly identityProvider: string }[] = []
}

@Controller()
class BindingsController {
  constructor(@Inject(KnownBindings) private readonly known: KnownBindings) {}

  @AnswersRpc(listBindings)
  list(question: { org: OrganizationId; identityProvider: Id<'identityProvider'> }): RpcResult<{
    applications: { id: Id<'application'>; name: string }[]
  }> {
    this.known.asked.push(question)
    return { ok: true, value: { applications: [...this.known.applications] } }
  }
}

@Module({})
class BindingsModule {}

/**
 * The other services as the registry meets them on NATS: owners of organizations, admin clients and signing keys with
 * their real outbox and publisher, and `applications` with its answers.
 */
export class Neighbours {
  readonly bindings = new KnownBindings()
  readonly organization = newId('organization')
  readonly otherOrganization = newId('organization')
  readonly rpc: RpcClient
  readonly #link: NatsLink
  readonly #store: Store
  readonly #log: CapturedLogs['logger']
  readonly #owners: { start(): void; stop(): Promise<void> }[] = []
  #applications: INestMicroservice | undefined

  private constructor(link: NatsLink, store: Store, log: CapturedLogs['logger']) {
    this.#link = link
    this.#store = store
    this.#log = log
    this.rpc = new RpcClient(link, log)
  }

  static async start(natsUrl: string, logs: CapturedLogs): Promise<Neighbours> {
    const link = createNatsLink({ servers: natsUrl, name: 'neighbours', log: logs.logger })
    const neighbours = new Neighbours(link, await openSqliteStore({ file: ':memory:' }), logs.logger)
    await link.connected()
    await neighbours.#publish('organizations', PLATFORM, [
      [neighbours.organization, anOrganization({ handle: 't1' })],
      [neighbours.otherOrganization, anOrganization({ handle: 't2' })],
    ])
    await neighbours.#publish('signing-keys', PLATFORM, [[newId('signingKey'), aSigningKey({}, signingKey)]])
    const clients = (['owner', 'editor', 'viewer', 'developer'] as const).map((role): [string, AdminClientValue] => [
      newId('adminClient'),
      anAdminClient({ clientId: role, role, applications: [] }),
    ])
    await neighbours.#publish('admin-clients', neighbours.organization, clients)
    await neighbours.serveBindings()
    return neighbours
  }

  /** `applications` is there and answers. */
  async serveBindings(): Promise<void> {
    const module = {
      module: BindingsModule,
      controllers: [BindingsController],
      providers: [{ provide: KnownBindings, useValue: this.bindings }],
    }
    const options = natsMicroserviceOptions({ link: this.#link, service: 'applications', log: this.#log })
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Nest types its options as a class and takes literals
    this.#applications = await NestFactory.createMicroservice(module, { ...options, logger: false })
    await this.#applications.listen()
    await this.#link.connection?.flush()
  }

  /** `applications` is away. */
  async stopBindings(): Promise<void> {
    await this.#applications?.close()
    this.#applications = undefined
    await this.#link.connection?.flush()
  }

  /** A replica of what the registry publishes, as a token service has it. */
  async follow<K extends FeedKind>(kind: K): Promise<FeedReplica<K>> {
    const replica = new FeedReplica({ kind, link: this.#link, rpc: this.rpc, log: this.#log })
    await replica.start()
    this.#owners.push({ start: () => undefined, stop: () => replica.stop() })
    return replica
  }

  get link(): NatsLink {
    return this.#link
  }

  async stop(): Promise<void> {
    await this.stopBindings()
    await Promise.all(this.#owners.map((owner) => owner.stop()))
    await this.#link.close()
    await this.#store.close()
  }

  async #publish<K extends FeedKind>(kind: K, org: string, values: readonly (readonly [string, FeedValue<K>])[]): Promise<void> {
    const collection = this.#store.collection<FeedValue<K>>({
      name: kind,
      schemaVersion: 1,
      parse: (value) => feedKinds[kind].schema.parse(value) as FeedValue<K>,
      uniqueKeys: () => [],
      lookups: () => [],
    })
    for (const [id, value] of values) await collection.insert(org, id, value)
    const owner = new FeedOwner<K, FeedValue<K>>({
      kind,
      collection,
      toFeedValue: ({ value }) => value,
      link: this.#link,
      leases: this.#store.leases(),
      log: this.#log,
    })
    owner.start()
    this.#owners.push(owner)
  }
}

/** A token of our own token service for an admin client; `role` is also its client id. */
export function adminToken(role: AdminRole = 'owner', claims: Readonly<Record<string, unknown>> = {}): string {
  const nowSeconds = Math.floor(Date.now() / 1000)
  return rawJwt({
    header: { alg: 'ES256', typ: 'at+jwt', kid: thumbprint(signingKey) },
    payload: {
      iss: OWN_ISSUER,
      sub: `client/${role}`,
      aud: [ADMIN_AUDIENCE],
      client_id: role,
      scope: scopesOfAdminRole(role).join(' '),
      iat: nowSeconds,
      nbf: nowSeconds,
      exp: nowSeconds + 600,
      jti: newId('secret'),
      ...claims,
    },
    sign: signedBy(signingKey),
  })
}
