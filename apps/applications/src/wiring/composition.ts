import { type FeedKind, type FeedValue } from '@cambio/contracts'
import { type FeedOwner } from '@cambio/messaging'
import {
  type AdminTrust,
  adminTrustOf,
  type Configuration,
  IdempotencyRecords,
  type Log,
  MutationAudit,
  type ServiceFeed,
} from '@cambio/service-kit'
import { type DocumentDefinition, type Store } from '@cambio/store'

import { adminClientDefinition, adminClientKeyTaken, AdminClientStore } from '../admin-clients/admin-client.store.js'
import { type AggregateStoreOptions, type Settle } from '../aggregates/aggregate-store.js'
import { apiDefinition, apiKeyTaken, ApiStore } from '../apis/api.store.js'
import { applicationDefinition, applicationKeyTaken, ApplicationStore } from '../applications/application.store.js'
import { ForgetIdentityProvider } from '../applications/forget-identity-provider.js'
import { SecretMaker } from '../client-secrets/secret-maker.js'
import { DeletedIdentityProviders } from '../identity-providers/deleted-identity-providers.js'
import { FindOrganization } from '../organizations/find-organization.js'
import { organizationDefinition, organizationKeyTaken, OrganizationStore } from '../organizations/organization.store.js'
import { type Clock, SystemClock } from './clock.js'
import { deriveSecret } from './derived-secret.js'

/** What the process opens and keeps: made before Nest, from the configuration alone, and handed to every feature. */
export interface Composition {
  readonly configuration: Configuration<'applications'>
  readonly store: Store
  readonly feed: ServiceFeed
  readonly clock: Clock
  readonly secrets: SecretMaker
  readonly organizations: OrganizationStore
  readonly adminClients: AdminClientStore
  readonly apis: ApiStore
  readonly applications: ApplicationStore
  readonly deletedIdentityProviders: DeletedIdentityProviders
  readonly adminTrust: AdminTrust
  readonly idempotency: IdempotencyRecords
  readonly mutationAudit: MutationAudit
}

/** Puts the parts together; nothing of it waits for another server. */
export function compose(
  configuration: Configuration<'applications'>,
  { store, feed, log, clock = new SystemClock() }: { store: Store; feed: ServiceFeed; log: Log; clock?: Clock },
): Composition {
  const pepper = configuration.pepper.reveal()
  const organizations = new OrganizationStore(
    owned(feed, store, 'organizations', { definition: organizationDefinition, noun: 'organization', taken: organizationKeyTaken }),
  )
  const adminClients = new AdminClientStore(
    owned(feed, store, 'admin-clients', { definition: adminClientDefinition, noun: 'admin client', taken: adminClientKeyTaken }),
  )
  const apis = new ApiStore(owned(feed, store, 'apis', { definition: apiDefinition, noun: 'API', taken: apiKeyTaken }))
  const applications = new ApplicationStore(
    owned(feed, store, 'applications', { definition: applicationDefinition, noun: 'application', taken: applicationKeyTaken }),
  )
  const forget = new ForgetIdentityProvider(applications)
  const deletedIdentityProviders = new DeletedIdentityProviders(async (org, id) => forget.execute(org, id), log)
  feed.follow('identity-providers', deletedIdentityProviders)
  return {
    configuration,
    store,
    feed,
    clock,
    secrets: new SecretMaker(pepper, () => clock.now()),
    organizations,
    adminClients,
    apis,
    applications,
    deletedIdentityProviders,
    adminTrust: trustIn(feed, configuration.issuer, organizations),
    idempotency: new IdempotencyRecords(store.idempotency(), deriveSecret(pepper, 'idempotency records')),
    mutationAudit: new MutationAudit(store.audit(), { writer: feed.replicaName, now: () => clock.now() }),
  }
}

interface OwnedKind<T> extends Pick<AggregateStoreOptions<T>, 'noun' | 'taken'> {
  readonly definition: DocumentDefinition<T>
}

/** The collection of a kind together with its publication: of the stored value, what the kind's schema names. */
function owned<K extends FeedKind, T extends FeedValue<K>>(
  feed: ServiceFeed,
  store: Store,
  kind: K,
  { definition, noun, taken }: OwnedKind<T>,
): AggregateStoreOptions<T> {
  const collection = store.collection(definition)
  const owner = feed.own<K, T>({ kind, collection, leases: store.leases(), toFeedValue: ({ value }) => value })
  return { noun, collection, taken, settle: settleBy(owner, () => feed.link.connection !== undefined) }
}

/** What was written stands, whether or not it is published at once: the outbox goes on. */
function settleBy(owner: Pick<FeedOwner<FeedKind, unknown>, 'publishSoon' | 'settled'>, isConnected: () => boolean): Settle {
  return async (org, id, rev) => {
    owner.publishSoon()
    if (isConnected()) await owner.settled(org, id, rev).catch(() => false)
  }
}

/** This service owns the organizations: one that has not come back by the feed yet is looked up at its source. */
function trustIn(feed: ServiceFeed, issuer: string, organizations: OrganizationStore): AdminTrust {
  const find = new FindOrganization(organizations)
  return adminTrustOf(feed, issuer, async (handle) => {
    const value = await find.execute(handle)
    return value === undefined ? { ok: false, failure: { code: 'not_found' } } : { ok: true, value }
  })
}
