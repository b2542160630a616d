import { JetStreamApiCodes, JetStreamApiError, type PushConsumer } from '@nats-io/jetstream'
import { type KvWatchEntry } from '@nats-io/kv'
import { type QueuedIterator } from '@nats-io/transport-node'

/**
 * Whether the server has lost the consumer behind a watch: an operator deleted it, or the stream was deleted and restored. A watch
 * does not tell; it makes a new one after a minute that goes on behind the last message, past whatever was put before it.
 *
 * The package keeps the consumer on the iterator, undeclared; a specification notices when it does so no more.
 */
export async function isConsumerLost(watch: QueuedIterator<KvWatchEntry>): Promise<boolean> {
  const consumer = '_data' in watch ? (watch._data as PushConsumer | undefined) : undefined
  if (consumer === undefined) throw new TypeError('a watch without its consumer: the package for key-value buckets has changed')
  try {
    await consumer.info()
    return false
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === JetStreamApiCodes.ConsumerNotFound) return true
    throw error
  }
}
