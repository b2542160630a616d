import { statSync } from 'node:fs'
import { join } from 'node:path'
import { type StackPorts } from '@cambio/local-stack'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { AdminApi, call } from './world/admin-api.js'
import { launch, type Launched, nothingRuns, processesOf } from './world/launched.js'
import { freePorts, operatorEnvironment, portEnvironment, temporaryDirectory } from './world/own-stack.js'

const directory = temporaryDirectory()
let ports: StackPorts
let env: Record<string, string>

const start = async (): Promise<Launched> => {
  const launched = launch('tools/launcher/dist/start.js', env)
  await launched.says('ready')
  return launched
}

beforeAll(async () => {
  ports = await freePorts()
  env = { ...operatorEnvironment(portEnvironment(ports)), CAMBIO_DATA_DIR: directory.path }
})

afterAll(async () => {
  await nothingRuns(directory.path)
  directory.remove()
})

// One after the other, on one data directory, as an operator's week goes.
describe('npm start', () => {
  let secret: string

  it('says where everything is, shows the administrator’s secret, and `ready` alone on the last line (AD-13)', async () => {
    const launched = await start()
    const lines = launched.stdout().trimEnd().split('\n')
    expect(lines.at(-1)).toBe('ready')
    for (const port of [ports['token-service'], ports['idp-registry'], ports.applications]) {
      expect(launched.stdout()).toContain(`http://localhost:${port} `)
    }
    expect(launched.stdout()).toContain(directory.path)
    secret = /^admin secret +(cmb_\S+) /m.exec(launched.stdout())?.[1] ?? ''
    const token = await call(`http://localhost:${ports['token-service']}/oauth2/token`, {
      basic: ['cambio-admin', secret],
      form: { grant_type: 'client_credentials' },
    })
    expect(token.status).toBe(200)
    for (const file of ['admin.json', 'secrets.json', 'nats-server.conf']) {
      expect([file, statSync(join(directory.path, file)).mode & 0o777]).toEqual([file, 0o600])
    }

    const stopping = performance.now()
    launched.process.kill('SIGINT')
    expect(await launched.ended).toMatchObject({ status: 0, stderr: '' })
    expect(performance.now() - stopping).toBeLessThan(10_000)
    await nothingRuns(directory.path, 2_000)
  })

  it('finds its data again, does not show the secret again, and refuses a second stack on the same directory', async () => {
    const launched = await start()
    expect(launched.stdout()).toContain('admin client   cambio-admin (its secret is in ')
    expect(launched.stdout()).not.toContain(secret)
    const second = launch('tools/launcher/dist/start.js', { ...env, ...portEnvironment(await freePorts()) })
    expect(await second.ended).toEqual({
      status: 1,
      signal: null,
      stdout: '',
      stderr: `Another stack (process ${launched.process.pid}) uses ${directory.path}: stop it, or set CAMBIO_DATA_DIR and other ports for this one.\n`,
    })

    const [tokenService] = processesOf(directory.path).filter(({ command }) => command.includes('token-service'))
    process.kill(tokenService?.pid ?? 0, 'SIGKILL')
    expect(await launched.ended).toMatchObject({
      status: 1,
      stderr: `token-service ended with SIGKILL: see ${join(directory.path, 'logs/token-service.log')}.\n`,
    })
    await nothingRuns(directory.path, 2_000)
  })

  it('leaves nothing running when it is killed itself, and starts again after that', async () => {
    const killed = await start()
    expect(processesOf(directory.path).length).toBeGreaterThan(5)
    killed.process.kill('SIGKILL')
    expect(await killed.ended).toMatchObject({ signal: 'SIGKILL' })
    await nothingRuns(directory.path)

    const again = await start()
    const urls = {
      'token-service': `http://localhost:${ports['token-service']}`,
      'idp-registry': `http://localhost:${ports['idp-registry']}`,
      applications: `http://localhost:${ports.applications}`,
    }
    const admin = await AdminApi.signIn(urls, { clientId: 'cambio-admin', clientSecret: secret })
    expect((await admin.get('applications', '/v1/orgs')).body.items.map(({ handle }) => handle)).toEqual(['default'])
    again.process.kill('SIGTERM')
    expect(await again.ended).toMatchObject({ status: 0 })
    await nothingRuns(directory.path, 2_000)
  })
})
