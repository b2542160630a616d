import {
  APPLIED_PROBE_SUBJECT,
  appliedProbeAnswerSchema,
  type AppliedProbeAnswer,
  appliedProbeRequestSchema,
  DIGEST_PROBE_SUBJECT,
  digestProbeAnswerSchema,
  type DigestProbeAnswer,
  digestProbeRequestSchema,
  type FeedEntry,
  type FeedKind,
  type ServiceName,
} from '@cambio/contracts'
import { type Msg } from '@nats-io/transport-node'

import { type LinkSubscription } from '../link/link-subscription.js'
import { type NatsLink } from '../link/nats-link.js'
import { gather } from '../presence/gather.js'
import { decodeJson, encodePacket } from '../rpc/rpc-wire.js'

const REQUEST_MAX_BYTES = 1_024

/** A replica of whatever kind. */
export interface ProbedReplica {
  readonly kind: FeedKind
  readonly size: number
  readonly digest: string
  get(org: string, id: string): FeedEntry<unknown> | undefined
}

export interface AppliedProbeOptions {
  readonly link: NatsLink
  readonly service: ServiceName
  /** This process among the replicas of its service. */
  readonly replica: string
  readonly replicas: readonly ProbedReplica[]
}

/**
 * Answers, for all replicas of this process, which revision of an aggregate they have applied, and by a digest what they
 * hold. Silent about kinds that this process does not hold, and to what is no question.
 */
export class AppliedProbe {
  readonly #options: AppliedProbeOptions
  #subscriptions: readonly LinkSubscription[] = []

  constructor(options: AppliedProbeOptions) {
    this.#options = options
  }

  start(): void {
    if (this.#subscriptions.length > 0) return
    this.#subscriptions = [
      this.#listen(APPLIED_PROBE_SUBJECT, (question) => this.#applied(question)),
      this.#listen(DIGEST_PROBE_SUBJECT, (question) => this.#digest(question)),
    ]
  }

  stop(): void {
    for (const subscription of this.#subscriptions) subscription.unsubscribe()
    this.#subscriptions = []
  }

  #listen(subject: string, answerTo: (question: unknown) => object | undefined): LinkSubscription {
    const { link } = this.#options
    const onMessage = ({ data, reply }: Msg): void => {
      if (data.length > REQUEST_MAX_BYTES || reply === undefined) return
      const answer = answerTo(decodeJson(data))
      if (answer !== undefined) link.connection?.publish(reply, encodePacket(answer))
    }
    return link.subscribe(subject, { onMessage })
  }

  #applied(question: unknown): AppliedProbeAnswer | undefined {
    const request = appliedProbeRequestSchema.safeParse(question)
    if (!request.success) return undefined
    const { kind, org, id } = request.data
    const held = this.#replicaOf(kind)
    return held === undefined ? undefined : { ...this.#name(), rev: held.get(org, id)?.rev ?? 0 }
  }

  #digest(question: unknown): DigestProbeAnswer | undefined {
    const request = digestProbeRequestSchema.safeParse(question)
    if (!request.success) return undefined
    const { kind } = request.data
    const held = this.#replicaOf(kind)
    return held === undefined ? undefined : { ...this.#name(), kind, entries: held.size, digest: held.digest }
  }

  #replicaOf(kind: FeedKind): ProbedReplica | undefined {
    return this.#options.replicas.find((candidate) => candidate.kind === kind)
  }

  #name(): { readonly service: ServiceName; readonly replica: string } {
    const { service, replica } = this.#options
    return { service, replica }
  }
}

/**
 * Asks every replica of every service which revision of an aggregate it has applied. Whoever does not answer in time is
 * not in the list; without a connection the list is empty.
 *
 * @param gatherMs default 300
 */
export async function askApplied(
  link: NatsLink,
  question: { readonly kind: FeedKind; readonly org: string; readonly id: string },
  gatherMs?: number,
): Promise<readonly AppliedProbeAnswer[]> {
  const connection = link.connection
  if (connection === undefined) return []
  return gather(connection, { subject: APPLIED_PROBE_SUBJECT, question, answer: appliedProbeAnswerSchema, ...within(gatherMs) })
}

/**
 * Asks every process for the digest of its replica of a kind. Whoever does not answer in time is not in the list; without
 * a connection the list is empty.
 *
 * @param gatherMs default 300
 */
export async function askDigests(link: NatsLink, kind: FeedKind, gatherMs?: number): Promise<readonly DigestProbeAnswer[]> {
  const connection = link.connection
  if (connection === undefined) return []
  const answers = await gather(connection, {
    subject: DIGEST_PROBE_SUBJECT,
    question: { kind },
    answer: digestProbeAnswerSchema,
    ...within(gatherMs),
  })
  return answers.filter((answer) => answer.kind === kind)
}

function within(gatherMs: number | undefined): { readonly gatherMs?: number } {
  return gatherMs === undefined ? {} : { gatherMs }
}
