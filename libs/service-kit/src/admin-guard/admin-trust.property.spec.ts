import { type FeedKind, newId } from '@cambio/contracts'
import { ReplicaEntries } from '@cambio/messaging'
import {
  anAdminClient,
  anOrganization,
  aSigningKey,
  entryHistory,
  type EntryHistoryOptions,
  FIXED_NOW_MS,
  seededRandom,
  shuffled,
  testKey,
} from '@cambio/testing'
import { describe, expect, it } from 'vitest'

import { ISSUER } from '../testing/admin-tokens.js'
import { AdminTrust } from './admin-trust.js'

const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8]
const aTrust = (): AdminTrust => new AdminTrust({ issuer: ISSUER, isReady: () => true, now: () => FIXED_NOW_MS })

function equalsFromScratch<K extends FeedKind>(
  kind: K,
  ids: readonly string[],
  aValue: EntryHistoryOptions<K>['aValue'],
  apply: (trust: AdminTrust, entry: ReturnType<typeof entryHistory<K>>[number]) => void,
  seen: (trust: AdminTrust) => unknown,
): void {
  it.each(SEEDS)(`${kind} (seed %d)`, async (seed) => {
    const random = seededRandom(seed)
    const trust = aTrust()
    const entries = new ReplicaEntries<K>({
      apply: (entry) => {
        apply(trust, entry)
      },
    })
    const states = new Set<string>()
    for (const entry of entryHistory({ kind, random, ids, length: 120, aValue })) {
      entries.apply(entry)
      const fresh = aTrust()
      for (const held of shuffled(entries.values(), random)) apply(fresh, held)
      const now = await seen(trust)
      expect(now).toEqual(await seen(fresh))
      states.add(JSON.stringify(now))
    }
    expect(states.size).toBeGreaterThan(5)
  })
}

const HANDLES = ['acme', 'beta', 'core']
const CLIENT_IDS = ['admin-a', 'admin-b', 'admin-c']
const KEYS = ['one', 'two', 'three'].map((name) => testKey('ES256', { name }))

describe('what the guard believes is after each step what it would believe from scratch', () => {
  const organizations = Array.from({ length: 4 }, () => newId('organization'))
  equalsFromScratch(
    'organizations',
    organizations,
    (pick) => anOrganization({ handle: pick(HANDLES) }),
    (trust, entry) => {
      trust.applyOrganization(entry)
    },
    async (trust) => [
      await Promise.all(HANDLES.map((handle) => trust.organization(handle))),
      organizations.map((id) => trust.organizationOfId(id)),
    ],
  )

  equalsFromScratch(
    'admin-clients',
    Array.from({ length: 4 }, () => newId('adminClient')),
    (pick) => anAdminClient({ clientId: pick(CLIENT_IDS), name: pick(['one', 'two']) }),
    (trust, entry) => {
      trust.applyAdminClient(entry)
    },
    (trust) => CLIENT_IDS.map((clientId) => trust.adminClient(clientId)),
  )

  equalsFromScratch(
    'signing-keys',
    Array.from({ length: 3 }, () => newId('signingKey')),
    (pick) => ({ ...aSigningKey({}, pick(KEYS)), ...pick([{}, { verifiesUntil: new Date(FIXED_NOW_MS - 1).toISOString() }]) }),
    (trust, entry) => {
      trust.applySigningKey(entry)
    },
    (trust) =>
      trust
        .verificationKeys()
        ?.toJwks()
        .keys.map(({ kid }) => String(kid))
        .sort() ?? [],
  )
})
