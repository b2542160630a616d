import { Log } from '@cambio/service-kit'
import { AuditLog } from '@cambio/store'
import { type DynamicModule, Module } from '@nestjs/common'
import { HttpAdapterHost } from '@nestjs/core'
import { type FastifyInstance } from 'fastify'

import { FindOrganization } from '../organizations/find-organization.js'
import { OrganizationStore } from '../organizations/organization.store.js'
import { Clock } from '../wiring/clock.js'
import { addAuditHook } from './audit-hook.js'
import { MutationAudit } from './mutation-audit.js'

@Module({})
export class AuditModule {
  /** @param writer this process among the replicas of the service */
  static of(writer: string): DynamicModule {
    return {
      module: AuditModule,
      providers: [
        {
          provide: MutationAudit,
          useFactory: ({ httpAdapter }: HttpAdapterHost, auditLog: AuditLog, clock: Clock, organizations: OrganizationStore, log: Log) => {
            const audit = new MutationAudit(auditLog, () => clock.now(), writer)
            const find = new FindOrganization(organizations)
            // A hook belongs to the routes after it, and Nest registers routes once all providers are there.
            addAuditHook(httpAdapter.getInstance<FastifyInstance>(), {
              audit,
              log,
              organizationOf: async (handle) => (await find.execute(handle))?.id,
            })
            return audit
          },
          inject: [HttpAdapterHost, AuditLog, Clock, OrganizationStore, Log],
        },
      ],
    }
  }
}
