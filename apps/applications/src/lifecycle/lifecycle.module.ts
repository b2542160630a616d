import { Readiness } from '@cambio/service-kit'
import { type Store } from '@cambio/store'
import { type DynamicModule, Inject, Injectable, Module, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common'

import { type DeletedIdentityProviders } from '../identity-providers/deleted-identity-providers.js'
import { type Composition } from '../wiring/composition.js'

const PARTS = Symbol('what this module closes')

interface ClosedParts {
  readonly store: Store
  readonly deletedIdentityProviders: DeletedIdentityProviders
}

/** Says whether the database answers, and closes what the process opened; the kit has ended the feed before. */
@Injectable()
class Lifecycle implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(
    @Inject(PARTS) private readonly parts: ClosedParts,
    private readonly readiness: Readiness,
  ) {}

  onApplicationBootstrap(): void {
    this.readiness.register({
      name: 'database',
      missing: async () => {
        await this.parts.store.ping()
        return []
      },
    })
  }

  async onApplicationShutdown(): Promise<void> {
    await this.parts.deletedIdentityProviders.stop()
    await this.parts.store.close()
  }
}

@Module({})
export class LifecycleModule {
  static with({ store, deletedIdentityProviders }: Composition): DynamicModule {
    return { module: LifecycleModule, providers: [Lifecycle, { provide: PARTS, useValue: { store, deletedIdentityProviders } }] }
  }
}
