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
import { type z } from 'zod'

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
  #refused = 0

  constructor(options: AppliedProbeOptions) {
    this.#options = options
  }

  /** Messages on the probes' subjects that were no questions, since the start. */
  get refused(): number {
    return this.#refused
  }

  start(): void {
    if (this.#subscriptions.length > 0) return
    this.#subscriptions = [
      this.#listen(APPLIED_PROBE_SUBJECT, appliedProbeRequestSchema, (question) => this.#applied(question)),
      this.#listen(DIGEST_PROBE_SUBJECT, digestProbeRequestSchema, (question) => this.#digest(question)),
    ]
  }

  stop(): void {
    for (const subscription of this.#subscriptions) subscription.unsubscribe()
    this.#subscriptions = []
  }

  #listen<Q>(subject: string, questions: z.ZodType<Q>, answerTo: (question: Q) => object | undefined): LinkSubscription {
    const { link } = this.#options
    const onMessage = ({ data, reply }: Msg): void => {
      const question = data.length > REQUEST_MAX_BYTES ? undefined : questions.safeParse(decodeJson(data))
      if (reply === undefined || question?.success !== true) {
        this.#refused += 1
        return
      }
      const answer = answerTo(question.data)
      if (answer !== undefined) link.connection?.publish(reply, encodePacket(answer))
    }
    return link.subscribe(subject, { onMessage })
  }

  #applied({ kind, org, id }: z.infer<typeof appliedProbeRequestSchema>): AppliedProbeAnswer | undefined {
    const held = this.#replicaOf(kind)
    return held === undefined ? undefined : { ...this.#name(), rev: held.get(org, id)?.rev ?? 0 }
  }

  #digest({ kind }: z.infer<typeof digestProbeRequestSchema>): DigestProbeAnswer | undefined {
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
