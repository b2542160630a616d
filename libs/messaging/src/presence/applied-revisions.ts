import { APPLIED_PROBE_SUBJECT, type AppliedProbeAnswer, appliedProbeAnswerSchema, type FeedKind } from '@cambio/contracts'

import { type NatsLink } from '../link/nats-link.js'
import { gather } from './gather.js'
import { replicaNameOf, type ReplicaRoster } from './replica-roster.js'

/** On how many replicas a revision is applied. */
export interface AppliedCount {
  /** Replicas of the kind: those that answered, and those heard of within the last minute that did not. */
  readonly replicas: number
  /** Those of them that hold this revision or a newer one. */
  readonly current: number
  /** Those of them that did not answer: hung, cut off, or killed within the last minute. */
  readonly silent: number
}

/** Asks all replicas which revision of an aggregate they have applied. */
export class AppliedRevisions {
  readonly #link: NatsLink
  readonly #roster: ReplicaRoster

  constructor(link: NatsLink, roster: ReplicaRoster) {
    this.#link = link
    this.#roster = roster
  }

  /**
   * Takes 300 ms, or less when all who can answer are known and have answered.
   *
   * @returns null without a connection to NATS: nothing is known then
   */
  async count(question: { readonly kind: FeedKind; readonly org: string; readonly id: string }, rev: number): Promise<AppliedCount | null> {
    const connection = this.#link.connection
    if (connection === undefined) return null
    const { kind, org, id } = question
    const expected = this.#roster.holding(kind)
    // A fresh process has not heard of all, so that it waits the whole time.
    const canEndEarly = this.#roster.isComplete
    if (canEndEarly && expected.size === 0) return { replicas: 0, current: 0, silent: 0 }
    const answers = await gather(connection, {
      subject: APPLIED_PROBE_SUBJECT,
      question: { kind, org, id },
      answer: appliedProbeAnswerSchema,
      isEnough: (given) => canEndEarly && silentAmong(expected, given).length === 0,
    })
    // Who has left meanwhile is not silent.
    const stillThere = this.#roster.holding(kind)
    const silent = silentAmong(expected, answers).filter((name) => stillThere.has(name)).length
    const revisions = new Map(answers.map((answer) => [replicaNameOf(answer), answer.rev]))
    const current = [...revisions.values()].filter((applied) => applied >= rev).length
    return { replicas: revisions.size + silent, current, silent }
  }
}

function silentAmong(expected: ReadonlySet<string>, answers: readonly AppliedProbeAnswer[]): string[] {
  const answered = new Set(answers.map(replicaNameOf))
  return [...expected].filter((name) => !answered.has(name))
}
