import { randomUUID } from 'node:crypto'

import { isId, PLATFORM } from '@cambio/contracts'
import { type AuditLog } from '@cambio/store'

import { type Clock } from '../clock/clock.js'

/** A request that was meant to change something, with its answer. */
export interface Mutation {
  readonly action: string
  readonly requestId: string
  /** The organization in whose log it belongs; a refused request may belong into none. */
  readonly org: string | undefined
  /** `{org}` of the address. */
  readonly organization: string | undefined
  /** Present if the caller was authenticated. */
  readonly clientId: string | undefined
  /** `{id or name}` of the address. */
  readonly identityProvider: string | undefined
  readonly status: number
  /** The body of the answer as text. */
  readonly answer: string | undefined
}

/** Longest name of an address that is recorded. */
const maxTargetLength = 128

/** Records every change and every refused one (AD-19): who, what, on which provider, and the outcome; never a body. */
export class MutationAudit {
  constructor(
    private readonly audit: AuditLog,
    private readonly clock: Clock,
    /** This process among the replicas of the service. */
    private readonly writer: string,
  ) {}

  /** Durable when it resolves. @throws StoreUnavailable */
  async record({ action, requestId, org, organization, clientId, identityProvider, status, answer }: Mutation): Promise<void> {
    const body = readAnswer(answer)
    const target = status < 400 && isId('identityProvider', body.id ?? '') ? body.id : identityProvider?.slice(0, maxTargetLength)
    const partition = org ?? PLATFORM
    const id = randomUUID()
    await this.audit.append({
      id,
      org: partition,
      writer: this.writer,
      records: [
        {
          id,
          org: partition,
          at: this.clock.now(),
          requestId,
          ...(clientId === undefined ? {} : { clientId }),
          outcome: status < 400 ? 'allowed' : (body.code ?? String(status)),
          action,
          detail: {
            status,
            organization: organization?.slice(0, maxTargetLength),
            identityProvider: target,
            rev: status < 400 ? body.rev : undefined,
          },
        },
      ],
    })
  }
}

/** The members of an answer that are recorded: all of our own making. */
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
