import { FEED_VERSION, type FeedEntry, type FeedKind, type FeedValue, PLATFORM } from '@cambio/contracts'

import { IDS } from './fixed-ids.js'

/** The id that an entry of a kind has when a test names none. */
const usualId = {
  organizations: IDS.organization,
  'admin-clients': IDS.adminClient,
  'identity-providers': IDS.identityProvider,
  'key-sets': IDS.identityProvider,
  apis: IDS.api,
  applications: IDS.application,
  'signing-keys': IDS.signingKey,
  revocations: IDS.revocation,
} as const satisfies Record<FeedKind, string>

/** Kinds that belong to no organization. */
const ofThePlatform: ReadonlySet<FeedKind> = new Set<FeedKind>(['organizations', 'signing-keys'])

export interface FeedEntryOptions {
  /** Default: the organization of `IDS`, or `platform` for the kinds that belong there. */
  readonly org?: string
  /** Default: the kind's id in `IDS`. */
  readonly id?: string
  /** Default 1. */
  readonly rev?: number
}

/** What a bucket holds for this value; `null` makes it a deletion. */
export function feedEntry<K extends FeedKind>(
  kind: K,
  value: FeedValue<K> | null,
  options: FeedEntryOptions = {},
): FeedEntry<FeedValue<K>> {
  const { org = ofThePlatform.has(kind) ? PLATFORM : IDS.organization, id = usualId[kind], rev = 1 } = options
  const frame = { v: FEED_VERSION, id, org, rev }
  return value === null ? { ...frame, deleted: true, value } : { ...frame, value }
}
