import { type Readiness } from '@cambio/service-kit'
import { type Store } from '@cambio/store'
import { type OnApplicationShutdown } from '@nestjs/common'

/** Without its store the service cannot do its job; it is closed once nobody uses it any more. */
export class StoreLifecycle implements OnApplicationShutdown {
  constructor(
    private readonly store: Store,
    readiness: Readiness,
  ) {
    readiness.register({
      name: 'database',
      missing: async () => {
        await store.ping()
        return []
      },
    })
  }

  async onApplicationShutdown(): Promise<void> {
    await this.store.close()
  }
}
