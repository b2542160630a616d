import { followedKinds } from '../feed/followers.js'
import { feedBucket, FEED_KINDS, feedKinds, type FeedKind, type ServiceName } from '../feed/kinds.js'
import { APPLIED_PROBE_SUBJECT, DIGEST_PROBE_SUBJECT } from '../rpc/feed.rpc.js'
import { PRESENCE_SUBJECT } from '../rpc/presence.js'
import { appliedProbeAskers, rpcTraffic } from '../rpc/rpc-traffic.js'

/** What one user of a nats-server may do: all that is not listed is denied. */
export interface NatsPermissions {
  /** Subjects, with wildcards. */
  readonly publish: readonly string[]
  /** Subjects, with wildcards; `<subject> <queue>` allows the subscription within that queue group alone. */
  readonly subscribe: readonly string[]
}

/** Where answers for a service arrive. No other service may listen there, so that none can read another's answers. */
export function natsInboxPrefix(service: ServiceName): string {
  return `_INBOX_${service}`
}

/** Where answers for people's tools arrive: the default of every NATS client. */
const TOOL_INBOXES = '_INBOX.>'

/**
 * Exactly what a service needs of NATS. Answers go out to the inboxes of those who may ask, and not by `allow_responses`:
 * with that, whoever asks could name a bucket's subject as the place for the answer.
 *
 * Source: docs/architecture.md, Messages; docs/adr/0013-nats-permissions.md.
 */
export function natsPermissions(service: ServiceName): NatsPermissions {
  const owned = FEED_KINDS.filter((kind) => feedKinds[kind].owner === service)
  const read = [...new Set([...owned, ...followedKinds[service]])]
  const asked = rpcTraffic.filter(({ askers }) => askers.includes(service))
  const answered = rpcTraffic.filter(({ contract }) => contract.owner === service)
  const countsReplicas = appliedProbeAskers.includes(service)
  const toAnswer = new Set([...answered.flatMap(({ askers }) => askers), ...appliedProbeAskers])
  return {
    publish: [
      ...owned.flatMap(ownersCalls),
      ...read.flatMap(readersCalls),
      ...asked.map(({ contract }) => contract.subject),
      ...[...toAnswer].map((asker) => `${natsInboxPrefix(asker)}.>`),
      TOOL_INBOXES,
      PRESENCE_SUBJECT,
      ...(countsReplicas ? [APPLIED_PROBE_SUBJECT] : []),
    ],
    subscribe: [
      `${natsInboxPrefix(service)}.>`,
      ...answered.map(({ contract }) => `${contract.subject} ${service}`),
      APPLIED_PROBE_SUBJECT,
      DIGEST_PROBE_SUBJECT,
      ...(countsReplicas ? [PRESENCE_SUBJECT] : []),
    ],
  }
}

/** Making, filling, erasing and removing a bucket. A key is never read by `STREAM.MSG.GET`, which can end a nats-server 2.9. */
function ownersCalls(kind: FeedKind): string[] {
  const bucket = feedBucket(kind)
  return [`$KV.${bucket}.>`, ...['CREATE', 'UPDATE', 'PURGE', 'DELETE'].map((call) => `$JS.API.STREAM.${call}.KV_${bucket}`)]
}

/** Looking at a bucket, reading a key, and following it by ordered consumers, whose flow control is answered. */
function readersCalls(kind: FeedKind): string[] {
  const stream = `KV_${feedBucket(kind)}`
  return [
    `$JS.API.STREAM.INFO.${stream}`,
    `$JS.API.DIRECT.GET.${stream}.>`,
    ...['CREATE', 'INFO', 'DELETE'].map((call) => `$JS.API.CONSUMER.${call}.${stream}.>`),
    `$JS.FC.${stream}.>`,
  ]
}
