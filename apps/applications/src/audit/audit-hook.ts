import { callerOfRequest, type Log, refusedCallerOfRequest } from '@cambio/service-kit'
import { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'

import { auditedRoutes } from './audited-routes.js'
import { type MutationAudit } from './mutation-audit.js'

export interface AuditHookParts {
  readonly audit: MutationAudit
  /** The organization of a handle; undefined = there is none. */
  readonly organizationOf: (handle: string) => Promise<string | undefined>
  readonly log: Log
}

/**
 * Records changes where their answers go out, since a guard refuses requests before any handler or interceptor runs. The
 * answer waits for the record; when the record cannot be written, the change has happened all the same, so the answer
 * stands and the log says what is missing.
 */
export function addAuditHook(server: FastifyInstance, { audit, organizationOf, log }: AuditHookParts): void {
  server.addHook('onSend', async (request: FastifyRequest, reply: FastifyReply, payload: unknown) => {
    const action = auditedRoutes.get(`${request.method} ${request.routeOptions.url ?? ''}`)
    if (action === undefined) return payload
    const { org: handle, ...target } = (request.params ?? {}) as Readonly<Record<string, string>>
    const caller = callerOfRequest(request) ?? refusedCallerOfRequest(request)
    try {
      await audit.record({
        action,
        requestId: request.id,
        org: (handle === undefined ? undefined : await organizationOf(handle)) ?? caller?.organization,
        clientId: caller?.clientId,
        target,
        status: reply.statusCode,
        answer: textOf(payload),
      })
    } catch (error) {
      log.error({ error, action }, 'a change could not be recorded')
    }
    return payload
  })
}

/** Answers go out as text, problem documents as bytes. */
function textOf(payload: unknown): string | undefined {
  if (typeof payload === 'string') return payload
  return Buffer.isBuffer(payload) ? payload.toString('utf8') : undefined
}
