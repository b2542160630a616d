import { randomUUID } from 'node:crypto'

import { PLATFORM } from '@cambio/contracts'

import { type AdminCaller, type OrganizationRef } from '../admin-guard/admin-caller.js'
import { scrub } from '../logging/scrub.js'
import { type MutationLog, type MutationRecord } from './mutation-log.js'

/** A request to an audited route by a known caller, with its answer. */
export interface Mutation {
  readonly action: string
  readonly requestId: string
  readonly caller: AdminCaller
  /** The organization of the address, if the caller was let into it. */
  readonly organization: OrganizationRef | undefined
  /** The named parts of the address as they came. */
  readonly target: Readonly<Record<string, string>>
  readonly status: number
  /** The answer was that of an earlier request. */
  readonly isReplayed: boolean
  /** The body of the answer as text. */
  readonly answer: string | undefined
}

export interface MutationAuditOptions {
  /** This process among the replicas of the service: `ServiceFeed.replicaName`. */
  readonly writer: string
  /** Default: the system's clock. */
  readonly now?: () => Date
}

/** Longest text of a request or answer that is recorded. */
const maxTextLength = 128

/**
 * What a service with `@Audited` routes provides: records who tried to change what, and the outcome (AD-19). An attempt on
 * an organization that the caller has no access to stands in the caller's own log, so that nobody writes into a foreign one.
 */
export class MutationAudit {
  readonly #log: MutationLog
  readonly #writer: string
  readonly #now: () => Date

  constructor(log: MutationLog, { writer, now = () => new Date() }: MutationAuditOptions) {
    this.#log = log
    this.#writer = writer
    this.#now = now
  }

  /** Durable when it resolves; rejects as the log does. */
  async record(mutation: Mutation): Promise<void> {
    const { action, requestId, caller, organization } = mutation
    const { outcome, detail } = resultOf(mutation)
    const id = randomUUID()
    const org = organization?.id ?? caller.organization ?? PLATFORM
    const record = { id, org, at: this.#now(), requestId, clientId: caller.clientId, action, outcome, detail }
    await this.#log.append({ id, org, writer: this.#writer, records: [record] })
  }
}

function resultOf({ target, status, isReplayed, answer }: Mutation): Pick<MutationRecord, 'outcome' | 'detail'> {
  const { id, rev, code } = membersOf(answer)
  const parts = Object.entries(target).map(([name, value]): [string, string] => [name, recordable(value)])
  const detail = { status, target: Object.fromEntries(parts) }
  if (status >= 400) return { outcome: typeof code === 'string' ? code : String(status), detail }
  return {
    outcome: 'done',
    detail: {
      ...detail,
      ...(typeof id === 'string' ? { id: recordable(id) } : {}),
      ...(typeof rev === 'number' ? { rev } : {}),
      ...(isReplayed ? { replayed: true } : {}),
    },
  }
}

/** Scrubbed before it is cut, since half a secret no longer looks like one. */
const recordable = (text: string): string => scrub(text).slice(0, maxTextLength)

/** The members of an answer. Recorded of them is only what every resource (`id`, `rev`) and every problem (`code`) has. */
function membersOf(answer: string | undefined): Readonly<Record<string, unknown>> {
  if (answer?.startsWith('{') !== true) return {}
  return JSON.parse(answer) as Readonly<Record<string, unknown>>
}
