import { type DynamicModule, Module, type Type } from '@nestjs/common'
import { DiscoveryModule } from '@nestjs/core'

import { HealthController } from '../health/health.controller.js'
import { Metrics } from '../health/metrics.js'
import { Readiness } from '../health/readiness.js'
import { Log } from '../logging/logger.js'
import { ApiDocument, DocsController } from '../openapi/docs.controller.js'

export interface ServiceParts {
  readonly log: Log
  readonly readiness: Readiness
  readonly metrics: Metrics
  readonly document: ApiDocument
}

/** The root of every service: its own module, and what all services have. `Log`, `Readiness` and `Metrics` can be injected anywhere. */
@Module({})
export class ServiceKitModule {
  static around(module: Type | DynamicModule, { log, readiness, metrics, document }: ServiceParts): DynamicModule {
    return {
      module: ServiceKitModule,
      global: true,
      imports: [DiscoveryModule, module],
      controllers: [HealthController, DocsController],
      providers: [
        { provide: Log, useValue: log },
        { provide: Readiness, useValue: readiness },
        { provide: Metrics, useValue: metrics },
        { provide: ApiDocument, useValue: document },
      ],
      exports: [Log, Readiness, Metrics],
    }
  }
}
