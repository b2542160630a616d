import { randomUUID } from 'node:crypto'

import { PLATFORM } from '@cambio/contracts'
import { type AuditLog } from '@cambio/store'

/** A request that was meant to change something, with its answer. */
export interface Mutation {
  readonly action: string
  readonly requestId: string
  /** The organization that the address names, if there is one. */
  readonly org: string | undefined
  /** Present if the caller was authenticated. */
  readonly clientId: string | undefined
  /** The named parts of the address. */
  readonly target: Readonly<Record<string, string>>
  readonly status: number
  /** The body of the answer as text. */
  readonly answer: string | undefined
}

/** Longest part of an address that is recorded. */
const maxTargetLength = 128

/** Records every change and every refused one (AD-19): who, what, on which resource, and the outcome; never a body. */
export class MutationAudit {
  readonly #audit: AuditLog
  readonly #now: () => Date
  readonly #writer: string

  /** @param writer this process among the replicas of the service */
  constructor(audit: AuditLog, now: () => Date, writer: string) {
    this.#audit = audit
    this.#now = now
    this.#writer = writer
  }

  /** Durable when it resolves. @throws StoreUnavailable */
  async record({ action, requestId, org = PLATFORM, clientId, target, status, answer }: Mutation): Promise<void> {
    const { id: resource, rev, code } = readAnswer(answer)
    const id = randomUUID()
    const parts = Object.entries(target).map(([name, value]): [string, string] => [name, value.slice(0, maxTargetLength)])
    const record = {
      id,
      org,
      at: this.#now(),
      requestId,
      ...(clientId === undefined ? {} : { clientId }),
      outcome: status < 400 ? 'allowed' : (code ?? String(status)),
      action,
      detail: { status, ...Object.fromEntries(parts), ...(status < 400 ? { id: resource, rev } : {}) },
    }
    await this.#audit.append({ id, org, writer: this.#writer, records: [record] })
  }
}

/** The members of an answer that are recorded: all of our own making, and no secret. */
function readAnswer(answer: string | undefined): { readonly id?: string; readonly rev?: number; readonly code?: string } {
  if (answer === undefined || answer === '') return {}
  const parsed: unknown = JSON.parse(answer)
  if (typeof parsed !== 'object' || parsed === null) return {}
  const { id, rev, code } = parsed as Readonly<Record<string, unknown>>
  return {
    ...(typeof id === 'string' ? { id } : {}),
    ...(typeof rev === 'number' ? { rev } : {}),
    ...(typeof code === 'string' ? { code } : {}),
  }
}
