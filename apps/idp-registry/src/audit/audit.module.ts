import { Log } from '@cambio/service-kit'
import { Store } from '@cambio/store'
import { type DynamicModule, Module } from '@nestjs/common'
import { HttpAdapterHost } from '@nestjs/core'
import { type FastifyInstance } from 'fastify'

import { Clock } from '../clock/clock.js'
import { addAuditHook } from './audit-hook.js'
import { KnownOrganizations } from './known-organizations.js'
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
          useFactory: ({ httpAdapter }: HttpAdapterHost, store: Store, clock: Clock, known: KnownOrganizations, log: Log) => {
            const audit = new MutationAudit(store.audit(), clock, writer)
            // A hook belongs to the routes after it, and Nest registers routes once all providers are there.
            addAuditHook(httpAdapter.getInstance<FastifyInstance>(), { audit, log, organizationOf: (handle) => known.idOf(handle) })
            return audit
          },
          inject: [HttpAdapterHost, Store, Clock, KnownOrganizations, Log],
        },
      ],
    }
  }
}
