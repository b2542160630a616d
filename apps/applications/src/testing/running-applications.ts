import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { type AdminRole } from '@cambio/contracts'
import { createLog, parseConfiguration, problemCodes, type ProblemCode, type RunningService, startService } from '@cambio/service-kit'
import { captureLogs, eventually, type HttpAnswer, httpRequest, startNatsServer, type TestNatsServer } from '@cambio/testing'
import { expect } from 'vitest'

import { applicationsService } from '../applications.service.js'
import { FIRST_ADMIN } from '../first-start/first-start.js'
import { adminToken, Neighbours, OWN_ISSUER } from './neighbours.js'

/** An admin client as whom a test calls. */
export interface TestCaller {
  readonly clientId: string
  readonly role: AdminRole
}

/** The platform administrator of the first start. */
export const PLATFORM_ADMIN: TestCaller = { clientId: FIRST_ADMIN, role: 'platform' }

/** A call of the API; without `as` the platform administrator's. */
export interface Call {
  readonly as?: TestCaller | 'nobody'
  readonly json?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** The service alone, in a data directory, beside a NATS server; a test that restarts it has it in its own hands. */
export async function startApplications(
  dataDirectory: string,
  natsUrl: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<{ service: RunningService; logged: () => string }> {
  const lines: string[] = []
  const log = createLog({ service: 'applications', level: 'debug', write: (line) => lines.push(line) })
  const reading = parseConfiguration('applications', {
    CAMBIO_DATA_DIR: dataDirectory,
    CAMBIO_ISSUER: OWN_ISSUER,
    CAMBIO_PEPPER: 'b'.repeat(64),
    CAMBIO_SNAPSHOT_KEY: 'a'.repeat(64),
    NATS_URL: natsUrl,
    ...environment,
  })
  if (!reading.ok) throw new TypeError(JSON.stringify(reading.problems))
  const configuration = { ...reading.configuration, applicationsPort: 0 }
  const service = await startService({ ...(await applicationsService(configuration, log)), service: 'applications', configuration, log })
  return { service, logged: () => lines.join('') }
}

/** The real service on a free port, with a private NATS server and its neighbours. */
export class RunningApplications {
  private constructor(
    readonly nats: TestNatsServer,
    readonly neighbours: Neighbours,
    readonly service: RunningService,
    readonly dataDirectory: string,
    readonly logged: () => string,
  ) {}

  static async start(): Promise<RunningApplications> {
    const nats = await startNatsServer()
    const neighbours = await Neighbours.start(nats.url, captureLogs())
    const dataDirectory = await mkdtemp(join(tmpdir(), 'cambio-applications-'))
    const { service, logged } = await startApplications(dataDirectory, nats.url)
    const running = new RunningApplications(nats, neighbours, service, dataDirectory, logged)
    await eventually(async () => {
      expect((await running.call('GET', '/readyz', { as: 'nobody' })).status).toBe(200)
    })
    return running
  }

  async call(method: string, path: string, { as = PLATFORM_ADMIN, json, headers = {} }: Call = {}): Promise<HttpAnswer> {
    return httpRequest(this.service.url + path, {
      method,
      headers,
      ...(json === undefined ? {} : { json }),
      ...(as === 'nobody' ? {} : { bearer: adminToken(as.clientId, as.role) }),
    })
  }

  /** The body of an answer that has to have this status. */
  async expecting<T = Readonly<Record<string, unknown>>>(status: number, method: string, path: string, call: Call = {}): Promise<T> {
    const answer = await this.call(method, path, call)
    expect({ status: answer.status, body: answer.text }).toEqual({ status, body: answer.text })
    return (answer.text === '' ? undefined : answer.json()) as T
  }

  /** An organization with an owner. */
  async organization(handle: string): Promise<{ readonly id: string; readonly path: string; readonly owner: TestCaller }> {
    const { id } = await this.expecting<{ id: string }>(201, 'POST', '/v1/orgs', { json: { handle, name: `Organization ${handle}` } })
    const path = `/v1/orgs/${handle}`
    return { id, path, owner: await this.adminClient(path, 'owner') }
  }

  async adminClient(orgPath: string, role: AdminRole, applications?: readonly string[]): Promise<TestCaller> {
    const json = { name: `A ${role}`, role, ...(applications === undefined ? {} : { applications }) }
    const { clientId } = await this.expecting<{ clientId: string }>(201, 'POST', `${orgPath}/admin-clients`, { json })
    return { clientId, role }
  }

  async stop(): Promise<void> {
    await this.service.stop()
    await this.neighbours.stop()
    await this.nats.stop()
    await rm(this.dataDirectory, { recursive: true, force: true })
  }
}

/** The whole body of a problem document. */
export const aProblem = (code: ProblemCode, more: Readonly<Record<string, unknown>> = {}) => ({
  type: `urn:cambio:problem:${code}`,
  title: problemCodes[code].title,
  status: problemCodes[code].status,
  code,
  ...more,
})

/** What a refused answer says, with its status. */
export const refusalOf = (answer: HttpAnswer): unknown => ({ status: answer.status, body: answer.json() })

/** What a refusal looks like, whole. */
export const aRefusal = (code: ProblemCode, more: Readonly<Record<string, unknown>> = {}): unknown => ({
  status: problemCodes[code].status,
  body: aProblem(code, more),
})
