import { type FeedEntry, type KeySetValue, refreshKeySet, type RpcResult } from '@cambio/contracts'
import { AnswersRpc, createNatsLink, natsMicroserviceOptions, type NatsLink } from '@cambio/messaging'
import { captureLogs } from '@cambio/testing'
import { Controller, Logger, Module } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { type CustomStrategy } from '@nestjs/microservices'

export interface RefreshQuestion {
  readonly org: string
  readonly identityProvider: string
  readonly kid: string
}

type Answer = RpcResult<{ outcome: 'refreshed' | 'unchanged' | 'limited' | 'failed'; entry: FeedEntry<KeySetValue> | null }>

/** The registry's side of a key set's refresh, on real NATS; a spec says what it answers. */
export class AnsweringRegistry {
  readonly questions: RefreshQuestion[] = []
  answer: (question: RefreshQuestion) => Answer | Promise<Answer> = () => ({ ok: true, value: { outcome: 'unchanged', entry: null } })
  readonly #end: () => Promise<void>

  private constructor(end: () => Promise<void>) {
    this.#end = end
  }

  static async start(natsUrl: string): Promise<AnsweringRegistry> {
    const log = captureLogs().logger
    const link: NatsLink = createNatsLink({ servers: natsUrl, name: 'registry', log, reconnectWaitMs: 50 })
    const registry = new AnsweringRegistry(async () => {
      await app.close()
      await link.close()
    })
    @Controller()
    class KeySetsRpcController {
      @AnswersRpc(refreshKeySet)
      async refresh(question: RefreshQuestion): Promise<Answer> {
        registry.questions.push(question)
        return registry.answer(question)
      }
    }
    @Module({ controllers: [KeySetsRpcController] })
    class RegistryModule {}
    Logger.overrideLogger(false)
    const options = natsMicroserviceOptions({ link, service: 'idp-registry', log, gracePeriodMs: 100 })
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Nest declares these options as a class that it does not export
    const app = await NestFactory.createMicroservice<CustomStrategy>(RegistryModule, options)
    await app.listen()
    await link.connected()
    await link.connection?.flush()
    return registry
  }

  /** Answers that a refresh brought these keys. */
  brings(entry: FeedEntry<KeySetValue>): void {
    this.answer = () => ({ ok: true, value: { outcome: 'refreshed', entry } })
  }

  async stop(): Promise<void> {
    await this.#end()
  }
}
