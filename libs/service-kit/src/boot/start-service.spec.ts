import { createServer } from 'node:http'
import { type AddressInfo } from 'node:net'
import { promisify } from 'node:util'

import { eventually, httpRequest } from '@cambio/testing'
import { Body, Controller, Delete, Get, Module, type OnApplicationShutdown, Param, Patch, Post, Put, type Type } from '@nestjs/common'
import { describe, expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'

import { AdminTrust } from '../admin-guard/admin-trust.js'
import { Public, RequiresScope } from '../admin-guard/access.decorators.js'
import { Audited } from '../audit/audited.decorator.js'
import { createLog } from '../logging/logger.js'
import { Answers } from '../openapi/answers.decorator.js'
import { Idempotent } from '../rest/idempotent.decorator.js'
import { aConfiguration, aTrust, SampleHttpController, startSample } from '../testing/sample-service.js'
import { type RunningService, startService } from './start-service.js'

const connectionsOf = async (service: RunningService): Promise<number> => {
  const server = service.app.getHttpServer()
  return promisify(server.getConnections.bind(server))()
}

const silent = createLog({ service: 'test', level: 'error', write: () => undefined })

const startWith = async (...controllers: Type[]) => {
  @Module({ controllers })
  class TestModule {}
  return startService({
    service: 'idp-registry',
    configuration: aConfiguration(),
    module: TestModule,
    api: { title: 't', version: '0' },
    log: silent,
  })
}

describe('a service that would serve what nobody decided', () => {
  it('does not start with a route that says nothing about its access', async () => {
    @Controller()
    class ForgetfulController {
      @Get('/open')
      open() {
        return 'open'
      }
    }
    await expect(startWith(ForgetfulController)).rejects.toThrow(
      new TypeError('routes are not complete: ForgetfulController.open has none of @RequiresScope, @Public and @AuthenticatesItself'),
    )
  })

  it('does not start with a parameter that would not be checked', async () => {
    @Controller()
    @Public()
    class TrustingController {
      @Post('/things/:id')
      make(@Body() body: object, @Param('id') id: string) {
        return { body, id }
      }
    }
    await expect(startWith(TrustingController)).rejects.toThrow('TrustingController.make has a @Body without schema')
    await expect(startWith(TrustingController)).rejects.toThrow('TrustingController.make has a @Param without schema')
  })

  it('does not start with an inherited route that says nothing', async () => {
    class Base {
      @Get('/inherited')
      inherited() {
        return 1
      }
    }
    @Controller()
    class DerivedController extends Base {}
    await expect(startWith(DerivedController)).rejects.toThrow('DerivedController.inherited has none of')
  })

  it('does not start with a change by administrators that would not be recorded (AD-19)', async () => {
    @Controller('/unrecorded')
    class UnrecordedController {
      @Get()
      @RequiresScope('idps:read')
      read() {
        return 1
      }
      @Post()
      @RequiresScope('idps:write')
      post() {
        return 1
      }
      @Put()
      @RequiresScope('idps:write')
      put() {
        return 1
      }
      @Patch()
      @RequiresScope('idps:write')
      patch() {
        return 1
      }
      @Delete()
      @RequiresScope('idps:write')
      remove() {
        return 1
      }
      @Post('by-nobody')
      @Public()
      @Audited('thing.create')
      byNobody() {
        return 1
      }
    }
    const names = ['post', 'put', 'patch', 'remove'].map((name) => `UnrecordedController.${name} changes something and is not @Audited`)
    const all = [...names, 'UnrecordedController.byNobody is @Audited without @RequiresScope'].join('; ')
    await expect(startWith(UnrecordedController)).rejects.toThrow(new TypeError(`routes are not complete: ${all}`))
  })

  it('takes no text for the name of an action that is none', () => {
    for (const action of ['create', 'Thing.create', 'thing.create!', 'thing.', '']) {
      expect(() => Audited(action)).toThrow(new TypeError(`${action} is no name of an action`))
    }
  })

  it('does not start without the trust, the records or the audit that its routes need', async () => {
    @Controller()
    class GuardedController {
      @Get('/guarded')
      @RequiresScope('idps:read')
      @Answers({ summary: 'x', answer: z.string() })
      guarded() {
        return 'x'
      }
    }
    await expect(startWith(GuardedController)).rejects.toThrow('a route needs an administrator, and no module provides AdminTrust')
    @Controller()
    class RepeatingController {
      @Post('/repeated')
      @Public()
      @Idempotent()
      repeated() {
        return 'x'
      }
    }
    await expect(startWith(RepeatingController)).rejects.toThrow('a route is @Idempotent, and no module provides IdempotencyRecords')
    @Controller()
    class AuditedController {
      @Post('/audited')
      @RequiresScope('idps:write')
      @Audited('thing.create')
      audited() {
        return 'x'
      }
    }
    @Module({ controllers: [AuditedController], providers: [{ provide: AdminTrust, useValue: aTrust() }] })
    class UnauditedModule {}
    await expect(startSample({ module: UnauditedModule })).rejects.toThrow('a route is @Audited, and no module provides MutationAudit')
  })
})

describe('a service that cannot listen', () => {
  it('says in one sentence which variable to change', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    onTestFinished(() => {
      other.close()
    })
    await new Promise((resolve) => other.once('listening', resolve))
    const { port } = other.address() as AddressInfo
    await expect(startSample({ configuration: { ...aConfiguration(), idpRegistryPort: port } })).rejects.toThrow(
      `Another program listens on port ${port}: stop it, or set IDP_REGISTRY_PORT to a free port.`,
    )
    await expect(startSample({ configuration: { ...aConfiguration(), bindAddress: '192.0.2.1' } })).rejects.toThrow(
      'This machine has no address 192.0.2.1: correct CAMBIO_BIND_ADDRESS.',
    )
  })
})

describe('a service that stops', () => {
  it('is not ready first, ends what is under way, and closes its parts afterwards', async () => {
    const events: string[] = []
    class Part implements OnApplicationShutdown {
      onApplicationShutdown(): void {
        events.push(
          service.logged().includes('"route":"/fails/:how","status":200') ? 'closed after the answer' : 'closed before the answer',
        )
      }
    }
    @Module({
      controllers: [SampleHttpController],
      providers: [
        { provide: Part, useValue: new Part() },
        { provide: AdminTrust, useValue: aTrust() },
      ],
    })
    class TestModule {}
    const service = await startSample({ module: TestModule })
    const slow = httpRequest(`${service.url}/fails/slowly`)
    // The request must have arrived before the service is told to stop.
    await eventually(async () => {
      expect(await connectionsOf(service)).toBe(1)
    })
    const stopping = service.stop()
    const notReady = await httpRequest(`${service.url}/readyz`)
    expect(notReady.json()).toEqual({ status: 'not_ready', missing: ['shutting-down'] })
    expect(notReady.headers['connection']).toBe('close')
    await stopping
    expect(await slow).toMatchObject({ status: 200, text: 'done' })
    expect(events).toEqual(['closed after the answer'])
    await expect(httpRequest(`${service.url}/healthz`)).rejects.toThrow()
    await service.stop()
  })
})
