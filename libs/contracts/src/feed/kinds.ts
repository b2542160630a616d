import { type z } from 'zod'

import { adminClientSchema } from './admin-client.js'
import { apiSchema } from './api.js'
import { applicationSchema } from './application.js'
import { FEED_VERSION, type FeedEntry, feedFrameSchema } from './envelope.js'
import { identityProviderSchema } from './identity-provider.js'
import { keySetSchema } from './key-set.js'
import { organizationSchema } from './organization.js'
import { revocationSchema } from './revocation.js'
import { signingKeySchema } from './signing-key.js'

/** The services that own a part of the feed or answer RPC; also their queue group names. */
export const SERVICES = ['idp-registry', 'applications', 'token-service', 'gateway'] as const

export type ServiceName = (typeof SERVICES)[number]

/** Every kind of aggregate on the feed, who owns it, and the schema of its value. */
export const feedKinds = {
  organizations: { owner: 'applications', schema: organizationSchema },
  'admin-clients': { owner: 'applications', schema: adminClientSchema },
  'identity-providers': { owner: 'idp-registry', schema: identityProviderSchema },
  'key-sets': { owner: 'idp-registry', schema: keySetSchema },
  apis: { owner: 'applications', schema: apiSchema },
  applications: { owner: 'applications', schema: applicationSchema },
  'signing-keys': { owner: 'token-service', schema: signingKeySchema },
  revocations: { owner: 'token-service', schema: revocationSchema, absenceAllows: true },
} as const satisfies Record<string, { owner: ServiceName; schema: z.ZodType; absenceAllows?: true }>

export type FeedKind = keyof typeof feedKinds

export type FeedValue<K extends FeedKind> = z.infer<(typeof feedKinds)[K]['schema']>

export const FEED_KINDS = Object.keys(feedKinds) as readonly FeedKind[]

/** Whether something is allowed because there is no entry. A reader that cannot read one of these must not go on deciding (docs/adr/0010). */
export function absenceAllows(kind: FeedKind): boolean {
  return 'absenceAllows' in feedKinds[kind]
}

/** The KV bucket of a kind. */
export function feedBucket(kind: FeedKind): string {
  return `cambio-${kind}`
}

/** Why a message of the feed is not applied: `newer` is parked until this process is upgraded, `malformed` is refused. */
export type FeedRefusal = { readonly code: 'newer'; readonly v: number } | { readonly code: 'malformed'; readonly detail: string }

export type FeedReading<K extends FeedKind> =
  { readonly ok: true; readonly entry: FeedEntry<FeedValue<K>> } | { readonly ok: false; readonly refusal: FeedRefusal }

/**
 * Reads one parsed JSON message of a kind. The value is checked by its schema; members this version does not know are
 * dropped, so that an owner may be upgraded before its readers.
 */
export function readFeedEntry<K extends FeedKind>(kind: K, message: unknown): FeedReading<K> {
  const frame = feedFrameSchema.safeParse(message)
  if (!frame.success) return malformed(frame.error)
  if (frame.data.v > FEED_VERSION) return { ok: false, refusal: { code: 'newer', v: frame.data.v } }
  const { v, id, org, rev } = frame.data
  if (frame.data.deleted === true) {
    if (frame.data.value !== null) return { ok: false, refusal: { code: 'malformed', detail: 'a deletion carries no value' } }
    return { ok: true, entry: { v, id, org, rev, deleted: true, value: null } }
  }
  const value = feedKinds[kind].schema.safeParse(frame.data.value)
  if (!value.success) return malformed(value.error)
  return { ok: true, entry: { v, id, org, rev, value: value.data as FeedValue<K> } }
}

/** Paths and rules only: what a message held does not belong into a log. */
function malformed(error: z.ZodError): { ok: false; refusal: FeedRefusal } {
  const detail = error.issues
    .slice(0, 3)
    .map((issue) => `${issue.path.join('.') || '(message)'}: ${issue.code}`)
    .join('; ')
  return { ok: false, refusal: { code: 'malformed', detail } }
}
