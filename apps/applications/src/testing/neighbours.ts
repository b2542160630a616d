import {
  ADMIN_AUDIENCE,
  type AdminRole,
  type FeedKind,
  feedKinds,
  type FeedValue,
  findIdentityProvider,
  type IdentityProviderId,
  type IdentityProviderSummary,
  listIdentityProviders,
  newId,
  type OrganizationId,
  PLATFORM,
  type RpcResult,
  scopesOfAdminRole,
} from '@cambio/contracts'
import { AnswersRpc, createNatsLink, FeedOwner, FeedReplica, type NatsLink, natsMicroserviceOptions, RpcClient } from '@cambio/messaging'
import { type Collection, openSqliteStore, type Store } from '@cambio/store'
import { anIdp, aSigningKey, type CapturedLogs, rawJwt, signedBy, testKey, thumbprint } from '@cambio/testing'
import { Controller, type INestMicroservice, Inject, Module } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'

/** The issuer of our own tokens in these specs. */
export const OWN_ISSUER = 'http://localhost:8400'

const signingKey = testKey('ES256', { name: 'signing' })

/** The identity providers of which `idp-registry` tells, by organization. */
export class KnownProviders {
  readonly #byOrganization = new Map<string, IdentityProviderSummary[]>()

  add(org: string, more: Partial<IdentityProviderSummary> = {}): IdentityProviderSummary {
    const summary: IdentityProviderSummary = {
      id: newId('identityProvider'),
      name: 'okta',
      type: 'okta',
      enabled: true,
      environments: ['production', 'sandbox'],
      issuer: 'https://okta.test/oauth2/default',
      tokenEndpoint: 'https://okta.test/oauth2/default/v1/token',
      authorizationEndpoint: 'https://okta.test/oauth2/default/v1/authorize',
      tokenLabel: 'Okta Token',
      ...more,
    }
    this.#byOrganization.set(org, [...this.of(org), summary])
    return summary
  }

  of(org: string): IdentityProviderSummary[] {
    return this.#byOrganization.get(org) ?? []
  }
}

@Controller()
class RegistryController {
  constructor(@Inject(KnownProviders) private readonly known: KnownProviders) {}

  @AnswersRpc(findIdentityProvider)
  find({ org, idOrName }: { org: OrganizationId; idOrName: string }): RpcResult<IdentityProviderSummary> {
    const value = this.known.of(org).find(({ id, name }) => id === idOrName || name === idOrName)
    return value === undefined ? { ok: false, failure: { code: 'not_found' } } : { ok: true, value }
  }

  @AnswersRpc(listIdentityProviders)
  list({ org }: { org: OrganizationId }): RpcResult<{ items: IdentityProviderSummary[] }> {
    return { ok: true, value: { items: this.known.of(org) } }
  }
}

@Module({})
class RegistryModule {}

/**
 * The other services as this one meets them on NATS: owners of signing keys and identity providers with their real outbox
 * and publisher, and `idp-registry` with its answers.
 */
export class Neighbours {
  readonly providers = new KnownProviders()
  readonly rpc: RpcClient
  readonly link: NatsLink
  readonly #store: Store
  readonly #log: CapturedLogs['logger']
  readonly #running: { stop(): Promise<void> }[] = []
  #identityProviders: Collection<FeedValue<'identity-providers'>> | undefined
  #registry: INestMicroservice | undefined

  private constructor(link: NatsLink, store: Store, log: CapturedLogs['logger']) {
    this.link = link
    this.#store = store
    this.#log = log
    this.rpc = new RpcClient(link, log)
  }

  static async start(natsUrl: string, logs: CapturedLogs): Promise<Neighbours> {
    const link = createNatsLink({ servers: natsUrl, name: 'neighbours', log: logs.logger })
    const neighbours = new Neighbours(link, await openSqliteStore({ file: ':memory:' }), logs.logger)
    await link.connected()
    const keys = neighbours.#own('signing-keys')
    await keys.insert(PLATFORM, newId('signingKey'), aSigningKey({}, signingKey))
    neighbours.#identityProviders = neighbours.#own('identity-providers')
    await neighbours.serveRegistry()
    return neighbours
  }

  /** Publishes an identity provider, so that it can be deleted. */
  async publishProvider(org: string, id: IdentityProviderId): Promise<void> {
    await this.#identityProviders?.insert(org, id, anIdp({ name: id }))
  }

  /** Publishes its deletion. */
  async deleteProvider(org: string, id: IdentityProviderId): Promise<void> {
    await this.#identityProviders?.remove(org, id, 1)
  }

  /** `idp-registry` is there and answers. */
  async serveRegistry(): Promise<void> {
    const module = {
      module: RegistryModule,
      controllers: [RegistryController],
      providers: [{ provide: KnownProviders, useValue: this.providers }],
    }
    const options = natsMicroserviceOptions({ link: this.link, service: 'idp-registry', log: this.#log })
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Nest types its options as a class and takes literals
    this.#registry = await NestFactory.createMicroservice(module, { ...options, logger: false })
    await this.#registry.listen()
    await this.link.connection?.flush()
  }

  /** `idp-registry` is away. */
  async stopRegistry(): Promise<void> {
    await this.#registry?.close()
    this.#registry = undefined
    await this.link.connection?.flush()
  }

  /** A replica of what this service publishes, as a token service has it. */
  async follow<K extends FeedKind>(kind: K): Promise<FeedReplica<K>> {
    const replica = new FeedReplica({ kind, link: this.link, rpc: this.rpc, log: this.#log })
    await replica.start()
    this.#running.push(replica)
    return replica
  }

  async stop(): Promise<void> {
    await this.stopRegistry()
    await Promise.all(this.#running.map(async (part) => part.stop()))
    await this.link.close()
    await this.#store.close()
  }

  #own<K extends FeedKind>(kind: K): Collection<FeedValue<K>> {
    const collection = this.#store.collection<FeedValue<K>>({
      name: kind,
      schemaVersion: 1,
      parse: (value) => feedKinds[kind].schema.parse(value) as FeedValue<K>,
      uniqueKeys: () => [],
      lookups: () => [],
    })
    const owner = new FeedOwner<K, FeedValue<K>>({
      kind,
      collection,
      toFeedValue: ({ value }) => value,
      link: this.link,
      leases: this.#store.leases(),
      log: this.#log,
    })
    owner.start()
    this.#running.push(owner)
    return collection
  }
}

/** A token of our own token service for an admin client of that role. */
export function adminToken(clientId: string, role: AdminRole, claims: Readonly<Record<string, unknown>> = {}): string {
  const nowSeconds = Math.floor(Date.now() / 1000)
  return rawJwt({
    header: { alg: 'ES256', typ: 'at+jwt', kid: thumbprint(signingKey) },
    payload: {
      iss: OWN_ISSUER,
      sub: `client/${clientId}`,
      aud: [ADMIN_AUDIENCE],
      client_id: clientId,
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
