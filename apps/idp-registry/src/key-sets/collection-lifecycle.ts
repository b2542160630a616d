import { type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common'

import { type KeySetCollector } from './key-set-collector.js'

/** Collects keys while the service runs; it stops while the store and the feed are still open. */
export class CollectionLifecycle implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(private readonly collector: KeySetCollector) {}

  onApplicationBootstrap(): void {
    this.collector.start()
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.collector.stop()
  }
}
