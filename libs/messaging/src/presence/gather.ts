import { type NatsConnection } from '@nats-io/transport-node'
import { type z } from 'zod'

import { decodeJson, encodePacket } from '../rpc/rpc-wire.js'

/** How long whoever asks waits for answers. */
export const GATHER_MS = 300

export interface Gathering<A> {
  readonly subject: string
  readonly question: object
  readonly answer: z.ZodType<A>
  /** Default 300. */
  readonly gatherMs?: number
  /** Ends the waiting when it says so; asked after each answer. Default: the whole time is waited. */
  readonly isEnough?: (answers: readonly A[]) => boolean
}

/**
 * One question to everybody who listens (scatter-gather). Answers that do not have the agreed shape are left out. What
 * came before the connection went away counts.
 */
export async function gather<A>(connection: NatsConnection, gathering: Gathering<A>): Promise<readonly A[]> {
  const { subject, question, answer, gatherMs = GATHER_MS, isEnough = () => false } = gathering
  const answers: A[] = []
  try {
    for await (const message of await connection.requestMany(subject, encodePacket(question), { strategy: 'timer', maxWait: gatherMs })) {
      const read = answer.safeParse(decodeJson(message.data))
      if (!read.success) continue
      answers.push(read.data)
      if (isEnough(answers)) break
    }
  } catch {
    // Nobody listens, or the connection went away.
  }
  return answers
}
