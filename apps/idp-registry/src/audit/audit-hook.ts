import { callerOfRequest, type Log, refusedCallerOfRequest } from '@cambio/service-kit'
import { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'

import { auditedRoutes } from './audited-routes.js'
import { type MutationAudit } from './mutation-audit.js'

export interface AuditHookParts {
  readonly audit: MutationAudit
  /** The organization of a handle, asking nobody: refused requests come here too. */
  readonly organizationOf: (handle: string) => string | undefined
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
    const { org: handle, idp } = (request.params ?? {}) as Readonly<Record<string, string | undefined>>
    const refused = refusedCallerOfRequest(request)
    const caller = callerOfRequest(request) ?? refused
    try {
      await audit.record({
        action,
        requestId: request.id,
        // What somebody of another organization tried is recorded with its own: strangers write into no foreign log.
        org: refused?.organization ?? (handle === undefined ? undefined : organizationOf(handle)) ?? caller?.organization,
        organization: handle,
        clientId: caller?.clientId,
        identityProvider: idp,
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
  if (payload instanceof Uint8Array) return Buffer.from(payload).toString()
  return typeof payload === 'string' ? payload : undefined
}
