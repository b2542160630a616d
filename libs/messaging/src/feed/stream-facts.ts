import { jetstream, type JetStreamManager, JetStreamApiError, JetStreamApiCodes } from '@nats-io/jetstream'
import { type NatsConnection } from '@nats-io/transport-node'

/** How long one question to JetStream may take. */
export const JETSTREAM_TIMEOUT_MS = 2_000

/** What tells one state of a bucket from another: a watcher cannot, since it stays silent on a bucket that was made anew. */
export interface StreamFacts {
  /** When the stream was made: another time means another stream. */
  readonly created: string
  readonly lastSeq: number
  /** Messages in it; with a history of 1 the number of keys. */
  readonly messages: number
}

export async function jetStreamManager(connection: NatsConnection): Promise<JetStreamManager> {
  return jetstream(connection, { timeout: JETSTREAM_TIMEOUT_MS }).jetstreamManager(false)
}

/** The facts of a bucket's stream; `undefined` when there is no such bucket. */
export async function streamFacts(manager: JetStreamManager, bucket: string): Promise<StreamFacts | undefined> {
  try {
    const { created, state } = await manager.streams.info(streamOf(bucket))
    return { created, lastSeq: state.last_seq, messages: state.messages }
  } catch (error) {
    if (isStreamMissing(error)) return undefined
    throw error
  }
}

export function streamOf(bucket: string): string {
  return `KV_${bucket}`
}

export function isStreamMissing(error: unknown): boolean {
  return error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamNotFound
}
