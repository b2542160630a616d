import { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'

import { attemptOfRequest } from '../admin-guard/admin.guard.js'
import { type Metrics } from '../health/metrics.js'
import { type Log } from '../logging/logger.js'
import { REPLAYED_HEADER } from '../rest/idempotent.decorator.js'
import { type MutationAudit } from './mutation-audit.js'

export interface AuditHookParts {
  readonly audit: MutationAudit
  readonly log: Log
  readonly metrics: Metrics
}

/**
 * Records requests to `@Audited` routes where their answers go out, since the guard refuses some before any handler or
 * interceptor runs. The answer waits for the record; when the record cannot be written, the change has happened all the
 * same, so the answer stands and the log says what is missing.
 *
 * "Denied" (AD-19) means a known caller that was refused: by its scopes or role, by the address, by a schema or by a use case
 * (403, 404, 409, 412, 422). Requests of nobody (401, and what is no HTTP request of ours or no JSON, which is refused before
 * anybody looks at the caller) have no record, or everybody could fill the database; those that the guard refuses are counted
 * in `cambio_anonymous_mutations_total`, and all stand in the access log.
 */
export function addAuditHook(server: FastifyInstance, { audit, log, metrics }: AuditHookParts): void {
  const countAnonymous = metrics.counter(
    'cambio_anonymous_mutations_total',
    'Requests to change something that were refused since nobody known sent them.',
    ['action'],
  )
  server.addHook('onSend', (request, reply, payload, done) => {
    const attempt = attemptOfRequest(request)
    if (attempt?.caller === undefined) {
      if (attempt !== undefined) countAnonymous({ action: attempt.action })
      done(null, payload)
      return
    }
    const { action, caller, organization } = attempt
    const record = audit.record({ action, caller, organization, ...exchangeOf(request, reply), answer: textOf(payload) })
    void record
      .catch((error: unknown) => {
        log.error({ error, action, clientId: caller.clientId, status: reply.statusCode }, 'a change could not be recorded')
      })
      .then(() => {
        done(null, payload)
      })
  })
}

function exchangeOf(request: FastifyRequest, reply: FastifyReply) {
  return {
    requestId: request.id,
    target: (request.params ?? {}) as Readonly<Record<string, string>>,
    status: reply.statusCode,
    isReplayed: reply.hasHeader(REPLAYED_HEADER),
  }
}

/** Answers go out as text, problem documents as bytes. */
function textOf(payload: unknown): string | undefined {
  if (payload instanceof Uint8Array) return Buffer.from(payload).toString()
  return typeof payload === 'string' ? payload : undefined
}
