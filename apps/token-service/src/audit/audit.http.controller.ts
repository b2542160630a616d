import { type AdminCaller, Answers, Caller, Org, type OrganizationRef, pageSchema, problem, RequiresScope } from '@cambio/service-kit'
import { AuditLog } from '@cambio/store'
import { Controller, Get, Query } from '@nestjs/common'
import { z } from 'zod'

import { ClientsProjection } from '../directory/clients.projection.js'

const querySchema = z.strictObject({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: z.string().max(512).optional(),
  requestId: z.string().max(64).optional(),
  clientId: z.string().max(255).optional(),
  outcome: z.string().max(64).optional(),
})

const decisionSchema = z
  .object({
    id: z.string(),
    at: z.iso.datetime(),
    requestId: z.string(),
    clientId: z.string().nullable(),
    action: z.string(),
    outcome: z.string().describe('`issued`, or the precise reason of docs/errors.md.'),
    detail: z.looseObject({}),
  })
  .meta({ id: 'Decision' })

type Decision = z.infer<typeof decisionSchema>

/** The recorded decisions of an organization, newest first. */
@Controller('/v1/orgs/:org/audit')
export class AuditHttpController {
  constructor(
    private readonly audit: AuditLog,
    private readonly clients: ClientsProjection,
  ) {}

  @Get()
  @RequiresScope('tokens:read')
  @Answers({ summary: 'List the decisions of the token endpoint', answer: pageSchema(decisionSchema) })
  async list(
    @Org() org: OrganizationRef,
    @Caller() caller: AdminCaller,
    @Query({ schema: querySchema }) { limit, cursor, requestId, clientId, outcome }: z.infer<typeof querySchema>,
  ): Promise<{ items: Decision[]; nextCursor: string | null }> {
    this.#assertWithinReach(caller, clientId)
    const page = await this.audit.page(org.id, {
      limit,
      ...(cursor !== undefined && { cursor }),
      ...(requestId !== undefined && { requestId }),
      ...(clientId !== undefined && { clientId }),
      ...(outcome !== undefined && { outcome }),
    })
    if (!page.ok) throw problem('malformed_request', { detail: 'The cursor is not one of this list.' })
    return {
      items: page.value.items.map((entry) => ({
        id: entry.id,
        at: entry.at.toISOString(),
        requestId: entry.requestId,
        clientId: entry.clientId ?? null,
        action: entry.action,
        outcome: entry.outcome,
        detail: entry.detail as Record<string, unknown>,
      })),
      nextCursor: page.value.nextCursor ?? null,
    }
  }

  /** A developer sees the decisions about its own applications' clients, one client at a time. */
  #assertWithinReach(caller: AdminCaller, clientId: string | undefined): void {
    if (caller.applications === undefined) return
    const client = clientId === undefined ? undefined : this.clients.byClientId(clientId)
    if (client?.kind === 'application' && caller.applications.has(client.applicationId)) return
    const detail = 'must be a client of one of your applications'
    throw problem('invalid_content', { errors: [{ pointer: '#/query/clientId', detail }] })
  }
}
