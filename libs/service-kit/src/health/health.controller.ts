import { Controller, Get, Res } from '@nestjs/common'
import { type FastifyReply } from 'fastify'
import { z } from 'zod'

import { Public } from '../admin-guard/access.decorators.js'
import { Answers } from '../openapi/answers.decorator.js'
import { Metrics } from './metrics.js'
import { Readiness } from './readiness.js'

const aliveSchema = z.object({ status: z.literal('alive') })
const readySchema = z.object({
  status: z.literal('ready'),
  degraded: z.array(z.string()).optional().describe('What is away although most requests can be served without it.'),
})
const notReadySchema = z.object({ status: z.literal('not_ready'), missing: z.array(z.string()) })

/** What an operator's machinery asks of every service. */
@Controller()
export class HealthController {
  constructor(
    private readonly readiness: Readiness,
    private readonly metrics: Metrics,
  ) {}

  @Get('/healthz')
  @Public()
  @Answers({ summary: 'Whether the process runs', answer: aliveSchema })
  health(): z.infer<typeof aliveSchema> {
    return { status: 'alive' }
  }

  @Get('/readyz')
  @Public()
  @Answers({ summary: 'Whether the service can do its job', answer: readySchema, also: { 503: notReadySchema } })
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<z.infer<typeof readySchema> | z.infer<typeof notReadySchema>> {
    const missing = await this.readiness.missing()
    if (missing.length === 0) {
      const degraded = await this.readiness.degraded()
      return { status: 'ready', ...(degraded.length > 0 && { degraded: [...degraded] }) }
    }
    void reply.status(503).header('retry-after', '1')
    return { status: 'not_ready', missing: [...missing] }
  }

  @Get('/metrics')
  @Public()
  @Answers({ summary: 'Metrics in the text format of Prometheus', mediaType: 'text/plain', answer: z.string() })
  async scrape(@Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    void reply.header('content-type', this.metrics.registry.contentType)
    return this.metrics.registry.metrics()
  }
}
