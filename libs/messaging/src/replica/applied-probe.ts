import {
  APPLIED_PROBE_SUBJECT,
  appliedProbeAnswerSchema,
  type AppliedProbeAnswer,
  appliedProbeRequestSchema,
  type FeedEntry,
  type FeedKind,
  type ServiceName,
} from '@cambio/contracts'
import { type Msg } from '@nats-io/transport-node'

import { type LinkSubscription } from '../link/link-subscription.js'
import { type NatsLink } from '../link/nats-link.js'
import { decodeJson, encodePacket } from '../rpc/rpc-wire.js'

/** How long whoever asks waits for answers. */
const GATHER_MS = 300

const REQUEST_MAX_BYTES = 1_024

/** A replica of whatever kind. */
export interface ProbedReplica {
  readonly kind: FeedKind
  get(org: string, id: string): FeedEntry<unknown> | undefined
}

export interface AppliedProbeOptions {
  readonly link: NatsLink
  readonly service: ServiceName
  /** This process among the replicas of its service. */
  readonly replica: string
  readonly replicas: readonly ProbedReplica[]
}

/** Answers, for all replicas of this process, which revision of an aggregate they have applied. */
export class AppliedProbe {
  readonly #options: AppliedProbeOptions
  #subscription: LinkSubscription | undefined

  constructor(options: AppliedProbeOptions) {
    this.#options = options
  }

  start(): void {
    this.#subscription ??= this.#options.link.subscribe(APPLIED_PROBE_SUBJECT, {
      onMessage: (message) => {
        this.#answer(message)
      },
    })
  }

  stop(): void {
    this.#subscription?.unsubscribe()
    this.#subscription = undefined
  }

  /** Silent about kinds that this process does not hold, and to what is no question. */
  #answer(message: Msg): void {
    if (message.data.length > REQUEST_MAX_BYTES || message.reply === undefined) return
    const request = appliedProbeRequestSchema.safeParse(decodeJson(message.data))
    if (!request.success) return
    const { kind, org, id } = request.data
    const { link, service, replica, replicas } = this.#options
    const held = replicas.find((candidate) => candidate.kind === kind)
    if (held === undefined) return
    const answer: AppliedProbeAnswer = { service, replica, rev: held.get(org, id)?.rev ?? 0 }
    link.connection?.publish(message.reply, encodePacket(answer))
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
  gatherMs = GATHER_MS,
): Promise<readonly AppliedProbeAnswer[]> {
  const connection = link.connection
  if (connection === undefined) return []
  const answers: AppliedProbeAnswer[] = []
  try {
    for await (const message of await connection.requestMany(APPLIED_PROBE_SUBJECT, encodePacket(question), {
      strategy: 'timer',
      maxWait: gatherMs,
    })) {
      const answer = appliedProbeAnswerSchema.safeParse(decodeJson(message.data))
      if (answer.success) answers.push(answer.data)
    }
  } catch {
    // Nobody holds anything, or the connection went away: those who answered before count.
  }
  return answers
}
