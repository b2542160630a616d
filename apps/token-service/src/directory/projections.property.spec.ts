import { type FeedKind, newId, type SigningKeyValue } from '@cambio/contracts'
import { type FeedProjection, ReplicaEntries } from '@cambio/messaging'
import {
  aCredential,
  aKeySet,
  anAdminClient,
  anApi,
  anApplication,
  anIdp,
  anOrganization,
  aSigningKey,
  entryHistory,
  type EntryHistoryOptions,
  FIXED_NOW_MS,
  IDS,
  seededRandom,
  shuffled,
  TEST_KEY_SOURCE,
  testKey,
} from '@cambio/testing'
import { describe, expect, it } from 'vitest'

import { encryptPrivateKey } from '../signing-keys/key-encryption.js'
import { SigningKeysProjection } from '../signing-keys/signing-keys.projection.js'
import { ApisProjection } from './apis.projection.js'
import { ClientsProjection } from './clients.projection.js'
import { IssuersProjection } from './issuers.projection.js'
import { KeySetsProjection } from './key-sets.projection.js'
import { OrganizationsProjection } from './organizations.projection.js'

/** A projection with everything that can be asked of it. */
interface Observed<K extends FeedKind> extends FeedProjection<K> {
  seen(): unknown
}

const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8]
const LENGTH = 120

/** After each step the indexes equal those of a projection that is built from scratch from the same entries, in any order. */
function equalsFromScratch<K extends FeedKind>(
  kind: K,
  make: (ids: readonly string[]) => Observed<K>,
  aValue: EntryHistoryOptions<K>['aValue'],
  { org = IDS.organization, ids }: { readonly org?: string; readonly ids: readonly string[] },
): void {
  it.each(SEEDS)(`${kind} (seed %d)`, (seed) => {
    const random = seededRandom(seed)
    const projection = make(ids)
    const entries = new ReplicaEntries<K>(projection)
    const states = new Set<string>()
    for (const entry of entryHistory({ kind, random, ids, org, length: LENGTH, aValue })) {
      entries.apply(entry)
      const fresh = make(ids)
      for (const held of shuffled(entries.values(), random)) fresh.apply(held)
      expect(projection.seen()).toEqual(fresh.seen())
      states.add(JSON.stringify(projection.seen()))
    }
    expect(states.size).toBeGreaterThan(5) // it is not always empty
  })
}

const CLIENT_IDS = ['app-a', 'app-b', 'app-c', 'app-d']
const keys = ['one', 'two', 'three'].map((name) => testKey('ES256', { name }))
const keyEncryptionKey = new Uint8Array(32).fill(5)
const signingKeys = keys.map((key) => {
  const value = aSigningKey({}, key)
  return { ...value, encryptedPrivateKey: encryptPrivateKey(keyEncryptionKey, value.kid, JSON.stringify(key.privateJwk)) }
})
const atDay = (day: number): string => new Date(FIXED_NOW_MS + day * 86_400_000).toISOString()

describe('indexes change with their values: after each step they are those of a projection from scratch', () => {
  equalsFromScratch(
    'applications',
    () => {
      const clients = new ClientsProjection()
      return {
        apply: (entry) => {
          clients.applyApplication(entry)
        },
        seen: () => CLIENT_IDS.map((id) => clients.byClientId(id)),
      }
    },
    (pick) => {
      const clientIds = [...new Set([pick(CLIENT_IDS), pick(CLIENT_IDS)])]
      return anApplication({ name: pick(['one', 'two']), credentials: clientIds.map((clientId) => aCredential({ clientId })) })
    },
    { ids: Array.from({ length: 4 }, () => newId('application')) },
  )

  equalsFromScratch(
    'admin-clients',
    () => {
      const clients = new ClientsProjection()
      return {
        apply: (entry) => {
          clients.applyAdminClient(entry)
        },
        seen: () => CLIENT_IDS.map((id) => clients.byClientId(id)),
      }
    },
    (pick) => anAdminClient({ clientId: pick(CLIENT_IDS) }),
    { ids: Array.from({ length: 4 }, () => newId('adminClient')) },
  )

  const identifiers = ['urn:t1:orders', 'urn:t1:billing', 'urn:t1:users']
  equalsFromScratch(
    'apis',
    (ids) => {
      const apis = new ApisProjection()
      return {
        apply: (entry) => {
          apis.apply(entry)
        },
        seen: () => [
          ...identifiers.map((identifier) => apis.byIdentifier(IDS.organization, identifier)),
          ...ids.map((id) => apis.byId(IDS.organization, id)),
        ],
      }
    },
    (pick) => anApi({ identifier: pick(identifiers), status: pick(['PUBLISHED', 'RETIRED'] as const) }),
    { ids: Array.from({ length: 4 }, () => newId('api')) },
  )

  const issuers = ['https://a.test', 'https://b.test', 'https://c.test']
  equalsFromScratch(
    'identity-providers',
    (ids) => {
      const projection = new IssuersProjection()
      return {
        apply: (entry) => {
          projection.apply(entry)
        },
        seen: () => [
          ...issuers.map((issuer) => projection.byIssuer(IDS.organization, issuer)?.id),
          ...ids.map((id) => projection.byId(IDS.organization, id)?.value),
        ],
      }
    },
    (pick) => anIdp({ issuer: pick(issuers), enabled: pick([true, false]) }),
    { ids: Array.from({ length: 4 }, () => newId('identityProvider')) },
  )

  equalsFromScratch(
    'key-sets',
    (ids) => {
      const keySets = new KeySetsProjection()
      const value = { keySource: TEST_KEY_SOURCE, jwksMaxStaleSeconds: 86_400 }
      return {
        apply: (entry) => {
          keySets.apply(entry)
        },
        seen: () =>
          ids.map((id) => {
            const view = keySets.viewOf({ org: IDS.organization, id, value }, FIXED_NOW_MS / 1_000)
            return [view.freshness, keys.map((key) => view.keys?.withKid(key.kid).length)]
          }),
      }
    },
    (pick) => aKeySet({ verifiedAt: pick([null, atDay(0), atDay(-9)]), keySource: pick([TEST_KEY_SOURCE, 'another']) }, [pick(keys)]),
    { ids: Array.from({ length: 3 }, () => newId('identityProvider')) },
  )

  equalsFromScratch(
    'organizations',
    (ids) => {
      const organizations = new OrganizationsProjection()
      return {
        apply: (entry) => {
          organizations.apply(entry)
        },
        seen: () => ids.map((id) => organizations.byId(id)),
      }
    },
    (pick) => anOrganization({ handle: pick(['acme', 'beta', 'core']) }),
    { org: 'platform', ids: Array.from({ length: 4 }, () => newId('organization')) },
  )

  equalsFromScratch(
    'signing-keys',
    () => {
      const projection = new SigningKeysProjection(keyEncryptionKey, () => undefined)
      return {
        apply: (entry) => {
          projection.apply(entry)
        },
        seen: () => ({
          published: [-5, 0, 5].map((day) =>
            projection
              .publicKeysAt(FIXED_NOW_MS + day * 86_400_000)
              .map(({ kid }) => String(kid))
              .sort(),
          ),
          signers: [-5, 0, 5].map((day) => projection.signerAt(FIXED_NOW_MS + day * 86_400_000)?.kid),
          all: projection
            .all()
            .map(({ kid }) => kid)
            .sort(),
        }),
      }
    },
    (pick): SigningKeyValue => {
      return { ...pick(signingKeys), activeFrom: atDay(pick([-7, 0])), ...pick([{}, { retiredFrom: atDay(2), verifiesUntil: atDay(4) }]) }
    },
    { org: 'platform', ids: Array.from({ length: 3 }, () => newId('signingKey')) },
  )
})
