import { type INestMicroservice, Logger, type Type } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { type CustomStrategy } from '@nestjs/microservices'

/** A module as Nest runs it on a transport, without Nest's own lines on the console. */
export async function startMicroservice(module: Type, options: CustomStrategy): Promise<INestMicroservice> {
  Logger.overrideLogger(false)
  // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Nest declares these options as a class that it does not export
  const app = await NestFactory.createMicroservice<CustomStrategy>(module, options)
  await app.listen()
  return app
}
