import { FEED_REV_LEAP_MAX, type FeedEntry, feedKey, type FeedKind, type FeedValue, readFeedEntry } from '@cambio/contracts'

import { contentOf, decodeFeedEntry } from '../feed/feed-codec.js'
import { type MessagingLog, reasonOf } from '../message-log.js'
import { ParkedMessages, type ParkedReason } from './parked-messages.js'
import { type ReplicaEntries } from './replica-entries.js'

export interface ReplicaIntakeOptions<K extends FeedKind> {
  readonly kind: K
  readonly entries: ReplicaEntries<K>
  readonly log: MessagingLog
  /** Told of every entry that was applied, with its JSON. */
  readonly onApplied: (entry: FeedEntry<FeedValue<K>>, text: string) => void
}

/**
 * What becomes of a message: applied, passed over because it is not newer, or parked. `contradicted`: passed over, though the bucket says
 * something older or else than what is held. Then the owner may have been restored from a backup, and would never be believed again.
 */
export type Intake = 'applied' | 'not newer' | 'contradicted' | ParkedReason

/** Judges everything that arrives for a replica, wherever from. Nothing of a message that is not applied is kept. */
export class ReplicaIntake<K extends FeedKind> {
  readonly parked = new ParkedMessages()
  readonly #options: ReplicaIntakeOptions<K>
  readonly #utf8 = new TextDecoder('utf-8', { fatal: true })

  constructor(options: ReplicaIntakeOptions<K>) {
    this.#options = options
  }

  /** Takes a message from the bucket, where anybody may have put it who can write there. */
  message(key: string, bytes: Uint8Array): Intake {
    const { kind, entries } = this.#options
    const text = this.#textOf(bytes)
    if (text === undefined) return this.#park(key, 'malformed', { detail: '(message): not_utf8' })
    const reading = decodeFeedEntry(kind, key, text)
    if (!reading.ok) return this.#park(key, reading.refusal.code, reading.refusal)
    const { entry } = reading
    const held = entries.at(key)
    const heldRev = held?.rev ?? 0
    if (entry.rev - heldRev > FEED_REV_LEAP_MAX) return this.#park(key, 'leap', { rev: entry.rev, heldRev })
    const intake = this.apply(entry, text)
    return intake === 'not newer' && held !== undefined && contradicts(entry, held) ? 'contradicted' : intake
  }

  /** Takes what the owner itself answered about a key. */
  answer(key: string, message: unknown): Intake {
    const reading = readFeedEntry(this.#options.kind, message)
    if (!reading.ok) return this.#park(key, reading.refusal.code, reading.refusal)
    const { org, id } = reading.entry
    return `${org}.${id}` === key ? this.apply(reading.entry) : this.#park(key, 'malformed', { detail: '(message): not_of_this_key' })
  }

  /** Takes an entry that its owner gave in another answer; `undefined` when it cannot be read. */
  offer(message: unknown): Intake | undefined {
    const reading = readFeedEntry(this.#options.kind, message)
    return reading.ok ? this.apply(reading.entry) : undefined
  }

  /** Applies an entry that is known to be its owner's. */
  apply(entry: FeedEntry<FeedValue<K>>, text?: string): Intake {
    const { entries, onApplied } = this.#options
    const key = feedKey(entry.org, entry.id)
    try {
      const outcome = entries.apply(entry)
      // Something readable lies at the key now.
      this.parked.delete(key)
      if (outcome === 'applied') onApplied(entry, text ?? JSON.stringify(entry))
      return outcome
    } catch (error) {
      return this.#park(key, 'projection', { rev: entry.rev, reason: reasonOf(error) })
    }
  }

  #park(key: string, code: ParkedReason, fields: object): ParkedReason {
    const { kind, log } = this.#options
    if (this.parked.park(key, code)) log.error({ kind, key, ...fields, code }, 'a message of the feed cannot be applied')
    return code
  }

  #textOf(bytes: Uint8Array): string | undefined {
    try {
      return this.#utf8.decode(bytes)
    } catch {
      return undefined
    }
  }
}

/** Whether a bucket's entry, which is not newer than what is held, is another state than that. */
function contradicts(entry: FeedEntry<unknown>, held: FeedEntry<unknown>): boolean {
  return entry.rev < held.rev || contentOf(entry) !== contentOf(held)
}
