import { type ServiceName } from '@cambio/contracts'
import { type DynamicModule, type Type } from '@nestjs/common'
import { DiscoveryService, NestFactory } from '@nestjs/core'
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify'
import { type FastifyInstance } from 'fastify'

import { AdminGuard } from '../admin-guard/admin.guard.js'
import { AdminTrust } from '../admin-guard/admin-trust.js'
import { addAuditHook } from '../audit/audit-hook.js'
import { MutationAudit } from '../audit/mutation-audit.js'
import { type Configuration, portOf, portVariable } from '../configuration/parse-configuration.js'
import { observeFeed } from '../feed/observe-feed.js'
import { type ServiceFeed } from '../feed/service-feed.js'
import { observeDatabase, type ObservedDatabase } from '../health/observe-database.js'
import { Metrics } from '../health/metrics.js'
import { Readiness } from '../health/readiness.js'
import { createLog, type Log } from '../logging/logger.js'
import { NestLog } from '../logging/nest-log.js'
import { scrub } from '../logging/scrub.js'
import { ApiDocument } from '../openapi/docs.controller.js'
import { type ApiDescription, buildOpenApiDocument } from '../openapi/openapi-document.js'
import { type Admission } from '../overload/admission.js'
import { observeAdmission } from '../overload/observe-admission.js'
import { AllowedMethods } from '../problems/allowed-methods.js'
import { ProblemFilter, type ProblemRenderer } from '../problems/problem.filter.js'
import { RequestValidationPipe } from '../problems/request-validation.pipe.js'
import { type UnavailableMapper } from '../problems/translate-error.js'
import { EntityTagInterceptor } from '../rest/entity-tag.interceptor.js'
import { IdempotencyInterceptor } from '../rest/idempotency.interceptor.js'
import { IdempotencyRecords } from '../rest/idempotency-records.js'
import { defaultHttpLimits, type HttpLimits } from './http-limits.js'
import { createHttpServer } from './http-server.js'
import { assertRoutesAreComplete, declaredRoutes } from './route-checks.js'
import { ServiceKitModule } from './service-kit.module.js'
import { StartRefusal } from './start-refusal.js'
import { logLevelOf } from './log-level.js'
import { stopService } from './stop-service.js'

export interface ServiceOptions<S extends ServiceName> {
  readonly service: S
  readonly configuration: Configuration<S>
  /** The service's own module, with its configuration in it. */
  readonly module: Type | DynamicModule
  readonly api: ApiDescription
  /** The connection to NATS with replicas and owners; starts and stops with the service, and answers its questions. */
  readonly feed?: ServiceFeed
  /** Shown in `/readyz` and `/metrics`. */
  readonly database?: ObservedDatabase
  /** Sheds what is too much. Absent: every request is taken. */
  readonly admission?: Admission
  readonly log?: Log
  readonly limits?: Partial<HttpLimits>
  /** Which errors mean "try again later"; such as those of the store. */
  readonly isUnavailable?: UnavailableMapper
  /** Addresses that fail in another vocabulary than problem documents. */
  readonly renderers?: readonly ProblemRenderer[]
  readonly readiness?: Readiness
}

export interface RunningService {
  readonly app: NestFastifyApplication
  /** `http://127.0.0.1:8401`, with the port that was really taken. */
  readonly url: string
  readonly readiness: Readiness
  readonly log: Log
  /** Not ready, no new connections, what is under way ends, everything is closed. A second call waits for the first. */
  readonly stop: () => Promise<void>
}

/**
 * Starts a service and listens. It does not wait for NATS or a database: what is missing is said by `/readyz`.
 * If the start fails, what it began is ended, the feed included.
 *
 * @throws StartRefusal when the port cannot be taken; TypeError when a route is not complete
 */
export async function startService<S extends ServiceName>(options: ServiceOptions<S>): Promise<RunningService> {
  const log = options.log ?? createLog({ service: options.service, level: logLevelOf(options.configuration) })
  const readiness = options.readiness ?? new Readiness()
  const metrics = new Metrics(options.service, options.api.version)
  const document = new ApiDocument()
  const allowedMethods = new AllowedMethods()
  const server = createHttpServer({
    limits: { ...defaultHttpLimits, ...options.limits },
    readiness,
    allowedMethods,
    overload: options.admission === undefined ? undefined : { admission: options.admission, renderers: options.renderers ?? [] },
    onAnswer: (answer) => {
      recordAnswer(log, metrics, answer)
    },
  })
  const { feed } = options
  const root = ServiceKitModule.around(options.module, {
    log,
    readiness,
    metrics,
    document,
    onServersClosed: async () => feed?.stop(),
  })
  // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Nest types its options as a class and takes literals
  const app = await NestFactory.create<NestFastifyApplication>(root, new FastifyAdapter(server as never), {
    logger: new NestLog(log),
    bodyParser: false,
    abortOnError: false,
    forceCloseConnections: false,
  })
  try {
    equip(app, { log, metrics, server, allowedMethods, options })
    if (options.admission !== undefined) observeAdmission(options.admission, metrics)
    if (options.database !== undefined) observeDatabase(options.database, readiness, metrics)
    if (feed !== undefined) {
      observeFeed(feed, readiness, metrics)
      app.connectMicroservice(feed.microservice())
    }
    await app.init()
    document.from(async () => buildOpenApiDocument(app, options.api))
    await app.startAllMicroservices()
    await listen(app, options)
    feed?.start()
  } catch (error) {
    await app.close().catch(() => undefined)
    throw error
  }
  const url = await app.getUrl()
  log.info({ url }, 'listening')
  return { app, url, readiness, log, stop: once(() => stopService(app, server.server, readiness)) }
}

interface Equipment<S extends ServiceName> {
  readonly log: Log
  readonly metrics: Metrics
  readonly server: FastifyInstance
  readonly allowedMethods: AllowedMethods
  readonly options: ServiceOptions<S>
}

/** What every request of every service goes through. */
function equip<S extends ServiceName>(app: NestFastifyApplication, { log, metrics, server, allowedMethods, options }: Equipment<S>): void {
  const discovery = app.get(DiscoveryService)
  const routes = declaredRoutes(discovery)
  assertRoutesAreComplete(routes)
  const trust = provided(discovery, AdminTrust)
  if (trust === undefined && routes.some(({ access }) => access?.kind === 'scope')) {
    throw new TypeError('a route needs an administrator, and no module provides AdminTrust')
  }
  const records = provided(discovery, IdempotencyRecords)
  if (records === undefined && routes.some(({ isIdempotent }) => isIdempotent)) {
    throw new TypeError('a route is @Idempotent, and no module provides IdempotencyRecords')
  }
  const audit = provided(discovery, MutationAudit)
  if (audit === undefined && routes.some(({ action }) => action !== undefined)) {
    throw new TypeError('a route is @Audited, and no module provides MutationAudit')
  }
  // A hook belongs to the routes after it, and Nest registers routes when the application is initialized.
  if (audit !== undefined) addAuditHook(server, { audit, log, metrics })
  app.useGlobalFilters(
    new ProblemFilter({
      log,
      allowedMethods,
      isUnavailable: options.isUnavailable ?? (() => undefined),
      renderers: options.renderers ?? [],
    }),
  )
  app.useGlobalGuards(new AdminGuard(trust))
  app.useGlobalPipes(new RequestValidationPipe())
  if (records !== undefined) app.useGlobalInterceptors(new IdempotencyInterceptor(records, log))
  app.useGlobalInterceptors(new EntityTagInterceptor())
}

/** What a module of the service provides under that class; `app.get` would log an error where there is none. */
function provided<T>(discovery: DiscoveryService, token: abstract new (...parameters: never[]) => T): T | undefined {
  return discovery.getProviders().find((provider) => provider.token === token)?.instance as T | undefined
}

async function listen<S extends ServiceName>(app: NestFastifyApplication, { service, configuration }: ServiceOptions<S>): Promise<void> {
  const port = portOf(service, configuration)
  const { bindAddress } = configuration as { readonly bindAddress: string }
  try {
    await app.listen(port, bindAddress)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'EADDRINUSE') {
      throw new StartRefusal(`Another program listens on port ${port}: stop it, or set ${portVariable(service)} to a free port.`)
    }
    if (code === 'EACCES')
      throw new StartRefusal(`Port ${port} needs more rights than this process has: set ${portVariable(service)} to another.`)
    if (code === 'EADDRNOTAVAIL') throw new StartRefusal(`This machine has no address ${bindAddress}: correct CAMBIO_BIND_ADDRESS.`)
    throw error
  }
}

const quietRoutes = new Set(['/healthz', '/readyz', '/metrics'])

function recordAnswer(
  log: Log,
  metrics: Metrics,
  answer: { method: string; path: string; route: string; status: number; durationMs: number },
): void {
  metrics.observeRequest(answer.method, answer.route, answer.status, answer.durationMs)
  const line = { ...answer, path: scrub(answer.path.slice(0, 512)), durationMs: Math.round(answer.durationMs * 100) / 100 }
  if (quietRoutes.has(answer.route)) log.debug(line, 'answered')
  else log.info(line, 'answered')
}

/** Every call gives what the first one began. */
function once<T>(work: () => Promise<T>): () => Promise<T> {
  let first: Promise<T> | undefined
  return () => (first ??= work())
}
