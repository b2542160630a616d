import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { type AdminRole } from '@cambio/contracts'
import { createLog, parseConfiguration, type RunningService, startService } from '@cambio/service-kit'
import { captureLogs, eventually, type HttpAnswer, httpRequest, startNatsServer, type TestNatsServer } from '@cambio/testing'
import { expect } from 'vitest'

import { composeRegistry } from '../compose-registry.js'
import { type RuntimeChoices } from '../registry-runtime.js'
import { adminToken, Neighbours, OWN_ISSUER } from './neighbours.js'

export interface RegistryOptions {
  /** What the operator opened. Default: loopback. */
  readonly fetchAllow?: string
  readonly choices?: RuntimeChoices
}

/** A call of the API; the body is sent as JSON. */
export interface Call {
  readonly as?: AdminRole | 'nobody'
  readonly headers?: Readonly<Record<string, string>>
  readonly token?: string
}

/** The real service on a free port, with a private NATS server and its neighbours. */
export class RunningRegistry {
  #service: RunningService

  private constructor(
    readonly nats: TestNatsServer,
    readonly neighbours: Neighbours,
    readonly dataDirectory: string,
    readonly options: RegistryOptions,
    service: RunningService,
    readonly lines: string[],
  ) {
    this.#service = service
  }

  static async start(options: RegistryOptions = {}): Promise<RunningRegistry> {
    const nats = await startNatsServer()
    const neighbours = await Neighbours.start(nats.url, captureLogs())
    const dataDirectory = await mkdtemp(join(tmpdir(), 'cambio-registry-'))
    const lines: string[] = []
    const service = await startOn(nats.url, dataDirectory, options, lines)
    const registry = new RunningRegistry(nats, neighbours, dataDirectory, options, service, lines)
    await registry.ready()
    return registry
  }

  get service(): RunningService {
    return this.#service
  }

  /** Everything that was logged, as lines of JSON. */
  logged(): string {
    return this.lines.join('')
  }

  async ready(): Promise<void> {
    await eventually(
      async () => {
        expect((await this.get('/readyz', { as: 'nobody' })).status).toBe(200)
      },
      { withinMs: 15_000 },
    )
  }

  /** Ends the service in good order and starts it again with its data. */
  async restart(): Promise<void> {
    await this.#service.stop()
    this.#service = await startOn(this.nats.url, this.dataDirectory, this.options, this.lines)
    await this.ready()
  }

  /** The address of the identity providers of organization T1, or below it. */
  path(rest = ''): string {
    return `/v1/orgs/t1/identity-providers${rest}`
  }

  async get(path: string, call: Call = {}): Promise<HttpAnswer> {
    return this.#call('GET', path, undefined, call)
  }

  async post(path: string, json?: unknown, call: Call = {}): Promise<HttpAnswer> {
    return this.#call('POST', path, json, call)
  }

  async patch(path: string, json: unknown, call: Call = {}): Promise<HttpAnswer> {
    return this.#call('PATCH', path, json, call)
  }

  async delete(path: string, call: Call = {}): Promise<HttpAnswer> {
    return this.#call('DELETE', path, undefined, call)
  }

  async stop(): Promise<void> {
    await this.service.stop()
    await this.neighbours.stop()
    await this.nats.stop()
    await rm(this.dataDirectory, { recursive: true, force: true })
  }

  async #call(method: string, path: string, json: unknown, { as = 'owner', headers = {}, token }: Call): Promise<HttpAnswer> {
    const bearer = token ?? (as === 'nobody' ? undefined : adminToken(as))
    return httpRequest(this.service.url + path, {
      method,
      headers,
      ...(json === undefined ? {} : { json }),
      ...(bearer === undefined ? {} : { bearer }),
    })
  }
}

async function startOn(natsUrl: string, dataDirectory: string, options: RegistryOptions, lines: string[]): Promise<RunningService> {
  const { fetchAllow = '127.0.0.1,localhost', choices = {} } = options
  const log = createLog({ service: 'idp-registry', level: 'debug', write: (line) => lines.push(line) })
  const reading = parseConfiguration('idp-registry', {
    CAMBIO_DATA_DIR: dataDirectory,
    CAMBIO_ISSUER: OWN_ISSUER,
    CAMBIO_SNAPSHOT_KEY: 'a'.repeat(64),
    CAMBIO_FETCH_ALLOW: fetchAllow,
    NATS_URL: natsUrl,
  })
  if (!reading.ok) throw new TypeError(JSON.stringify(reading.problems))
  const configuration = { ...reading.configuration, idpRegistryPort: 0 }
  return startService({ ...(await composeRegistry(configuration, log, choices)), service: 'idp-registry', configuration, log })
}

/** The members of a problem document whose text is not what a test is about. */
export const aProblem = (status: number, code: string, more: Readonly<Record<string, unknown>> = {}) => ({
  type: `urn:cambio:problem:${code}`,
  title: expect.any(String) as string,
  status,
  code,
  ...more,
})
