/**
 * `refused`: the server is there and turns this process away for good (credentials, or a server that is too old);
 * `reason` says which. A service ends its start on it; a running one keeps trying.
 */
export type LinkStatus = 'never connected' | 'connected' | 'disconnected' | 'refused' | 'closed'

export interface LinkState {
  readonly status: LinkStatus
  readonly since: Date
  readonly reason?: string
}

/** Why a first connection cannot come about whatever time passes. The message says what to do and holds no credential. */
export class NatsRefused extends Error {
  readonly code = 'nats_refused'

  constructor(message: string) {
    super(message)
    this.name = 'NatsRefused'
  }
}

/** The oldest server whose JetStream does all that the feed needs: the version in Debian 12. */
const OLDEST: readonly [number, number] = [2, 9]

/** Whether a server of that version (`2.9.10`) will do; an unreadable version is taken, as only very new ones may look different. */
export function isServerRecentEnough(version: string): boolean {
  const match = /^(\d+)\.(\d+)/.exec(version)
  if (match === null) return true
  const [major, minor] = [Number(match[1]), Number(match[2])]
  return major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])
}
