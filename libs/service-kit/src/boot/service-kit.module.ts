import { type DynamicModule, Module, type OnApplicationShutdown, type Type } from '@nestjs/common'
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
  /** Called when no request is served any more, before the service's own module closes what it opened. */
  readonly onServersClosed: () => Promise<void>
}

/** `Log`, `Readiness` and `Metrics`, for every module to inject. */
@Module({})
class SharedModule {}

class ShutdownOrder implements OnApplicationShutdown {
  constructor(private readonly onServersClosed: () => Promise<void>) {}

  async onApplicationShutdown(): Promise<void> {
    await this.onServersClosed()
  }
}

/** The root of every service: its own module, and what all services have. It is not global, as Nest ends global modules last. */
@Module({})
export class ServiceKitModule {
  static around(module: Type | DynamicModule, parts: ServiceParts): DynamicModule {
    const shared: DynamicModule = {
      module: SharedModule,
      global: true,
      providers: [
        { provide: Log, useValue: parts.log },
        { provide: Readiness, useValue: parts.readiness },
        { provide: Metrics, useValue: parts.metrics },
      ],
      exports: [Log, Readiness, Metrics],
    }
    return {
      module: ServiceKitModule,
      imports: [DiscoveryModule, shared, module],
      controllers: [HealthController, DocsController],
      providers: [
        { provide: ApiDocument, useValue: parts.document },
        { provide: ShutdownOrder, useValue: new ShutdownOrder(parts.onServersClosed) },
      ],
    }
  }
}
