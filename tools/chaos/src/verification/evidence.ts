import { type FeedKind, type FeedReading } from '@cambio/contracts'
import { type StackService } from '@cambio/local-stack'

/** The kinds that this version publishes. */
export const PUBLISHED_KINDS = [
  'organizations',
  'admin-clients',
  'identity-providers',
  'key-sets',
  'apis',
  'applications',
  'signing-keys',
] as const satisfies readonly FeedKind[]

export type PublishedKind = (typeof PUBLISHED_KINDS)[number]

/** A document or a tombstone as the owner's database has it. */
export interface StoredState {
  readonly org: string
  readonly id: string
  readonly rev: number
  readonly deleted: boolean
  /** As it was stored; undefined for a tombstone. */
  readonly value: unknown
}

/** What lies at one key of a bucket. */
export interface PublishedState {
  readonly key: string
  readonly reading: FeedReading<FeedKind>
  readonly text: string
}

/** What one process says about its replica of one kind. */
export interface ReplicaDigest {
  readonly service: string
  readonly replica: string
  readonly entries: number
  readonly digest: string
}

/** Which revision a process has applied of one aggregate. */
export interface AppliedState {
  readonly kind: PublishedKind
  readonly org: string
  readonly id: string
  readonly service: string
  readonly replica: string
  readonly rev: number
}

/** A resource as one replica's REST API lists it. */
export interface ListedState {
  readonly service: StackService
  readonly replica: string
  readonly kind: PublishedKind
  readonly id: string
  readonly rev: number
}

/** Everything that is looked at to say whether something was lost or invented; see the readers beside this file. */
export interface Evidence {
  readonly databases: Readonly<Record<PublishedKind, readonly StoredState[]>>
  readonly buckets: Readonly<Record<PublishedKind, ReadonlyMap<string, PublishedState>>>
  readonly digests: Readonly<Record<PublishedKind, readonly ReplicaDigest[]>>
  readonly applied: readonly AppliedState[]
  readonly listed: readonly ListedState[]
}

/** Something that must not be. */
export interface Finding {
  readonly code:
    | 'lost write'
    | 'lost aggregate'
    | 'invented state'
    | 'invented aggregate'
    | 'duplicate key'
    | 'bucket differs from database'
    | 'replica differs from bucket'
    | 'replica does not answer'
    | 'REST differs from database'
    | 'contradiction'
    | 'secret found'
    | 'process ended'
    | 'failed exchange'
    | 'failed change'
    | 'wrong answer'
    | 'not ready'
    | 'no alert'
    | 'not in time'
  readonly detail: string
}

/** A record with a member for each published kind. */
export async function forEachKind<T>(read: (kind: PublishedKind) => Promise<T> | T): Promise<Record<PublishedKind, T>> {
  const members: [PublishedKind, T][] = []
  for (const kind of PUBLISHED_KINDS) members.push([kind, await read(kind)])
  return Object.fromEntries(members) as Record<PublishedKind, T>
}
