import { type MessagingLog } from '../message-log.js'
import { type ReplicaAlert, type ReplicaState } from './replica-state.js'

/** What an alarm looks at. */
export type AlarmingState = Omit<ReplicaState, 'alerts'>

export interface ReplicaAlarmOptions {
  readonly log: MessagingLog
  /** Age from which on a state is old, and time from which on a replica that is not ready is missed. */
  readonly alertAfterSeconds: number
  /** Milliseconds of a clock that nobody sets. */
  readonly uptimeMs: () => number
}

/** Says once that a feed cannot be verified, and once that it can again (EV-07). */
export class ReplicaAlarm {
  readonly #options: ReplicaAlarmOptions
  #notReadySinceMs: number | undefined
  #raised: 'stale' | 'not_ready' | undefined

  constructor(options: ReplicaAlarmOptions) {
    this.#options = options
  }

  /** What somebody should look at now, in a fixed order. */
  alerts(state: AlarmingState): readonly ReplicaAlert[] {
    const { alertAfterSeconds, uptimeMs } = this.#options
    if (state.ready) this.#notReadySinceMs = undefined
    else this.#notReadySinceMs ??= uptimeMs()
    const alerts: ReplicaAlert[] = []
    if ((state.ageSeconds ?? 0) > alertAfterSeconds) alerts.push('stale')
    if (this.#notReadySinceMs !== undefined && uptimeMs() - this.#notReadySinceMs > alertAfterSeconds * 1_000) alerts.push('not_ready')
    if (state.parked > 0) alerts.push('parked')
    if (state.isIndexBroken) alerts.push('index')
    if (state.isDiskFailing) alerts.push('disk')
    return alerts
  }

  /** Writes what has changed since the last look. */
  look(state: AlarmingState): void {
    const alerts = this.alerts(state)
    const now = alerts.includes('not_ready') ? 'not_ready' : alerts.includes('stale') ? 'stale' : undefined
    const { log } = this.#options
    const { kind, missing, source } = state
    const ageSeconds = state.ageSeconds === undefined ? undefined : Math.round(state.ageSeconds)
    if (now === this.#raised) return
    if (now === 'stale') log.error({ kind, ageSeconds, source }, 'the feed cannot be verified; the state is old and served on')
    if (now === 'not_ready') log.error({ kind, ageSeconds, missing }, 'the feed cannot be verified; nothing is served of it')
    if (now === undefined) log.info({ kind, ageSeconds, source }, 'the feed is verified again')
    this.#raised = now
  }
}
