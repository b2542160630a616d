import { Log, Readiness } from '@cambio/service-kit'
import { type BeforeApplicationShutdown, type DynamicModule, Injectable, Module, type OnApplicationBootstrap } from '@nestjs/common'

import { type Composition } from '../wiring/composition.js'
import { provide } from '../wiring/provide.js'
import { AdminFile } from './admin-file.js'
import { FirstStart } from './first-start.js'
import { FirstStartRunner } from './first-start.runner.js'

/** Begins the first start with the service, and ends it before the database is closed. */
@Injectable()
class FirstStartLifecycle implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(private readonly runner: FirstStartRunner) {}

  onApplicationBootstrap(): void {
    this.runner.start()
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.runner.stop()
  }
}

@Module({})
export class FirstStartModule {
  static with({ organizations, adminClients, secrets, configuration }: Composition): DynamicModule {
    const { adminClientSecret, dataDirectory } = configuration
    const firstStart = new FirstStart({
      organizations,
      clients: adminClients,
      secrets,
      file: new AdminFile(dataDirectory),
      chosenSecret: adminClientSecret?.reveal(),
    })
    return {
      module: FirstStartModule,
      providers: [
        provide(FirstStartRunner, [Readiness, Log], (readiness, log) => new FirstStartRunner(firstStart, readiness, log)),
        FirstStartLifecycle,
      ],
    }
  }
}
