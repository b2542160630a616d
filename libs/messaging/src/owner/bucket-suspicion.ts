import { type StreamFacts } from '../feed/stream-facts.js'

/** Why a bucket may have changed other than by its owner's publishing; `undefined` = no sign of it. */
export function bucketSuspicion(known: StreamFacts, now: StreamFacts): string | undefined {
  if (now.created !== known.created) return 'the bucket was made anew'
  if (now.lastSeq < known.lastSeq) return 'the bucket was put back to an older state'
  if (now.messages < known.messages) return 'entries have vanished from the bucket'
  return undefined
}
