import { existsSync, readFileSync } from 'node:fs'

import { isPortFree } from '../process/ports.js'
import { type ChildEnd, Supervisor } from '../process/supervisor.js'
import { type NatsEnvironment, startStackNats } from './stack-nats.js'
import { type DataDirectory, openDataDirectory } from './data-directory.js'
import { waitUntilReady } from './readiness.js'
import { assertBuilt, serviceCommand, serviceEnvironment } from './service-process.js'
import { StackFailure } from './stack-failure.js'
import { portVariables, STACK_SERVICES, type StackOptions, type StackPorts, type StackService } from './stack-options.js'
import { stackSecrets } from './stack-secrets.js'
import { workspaceRoot } from './workspace-root.js'

/** The credential of the platform administrator, as kept in `admin.json`. */
export interface AdminCredential {
  readonly clientId: string
  readonly clientSecret: string
}

/** A stack whose every service is ready. */
export interface RunningStack {
  readonly urls: Readonly<Record<StackService, string>>
  readonly dataDirectory: string
  readonly logDirectory: string
  readonly admin: AdminCredential
  /** Whether this start made the data: the administrator's secret is shown only then. */
  readonly firstStart: boolean
  /** Resolves when a process of the stack ended although nobody asked it to. */
  readonly broken: Promise<ChildEnd>
  pidOf(name: StackService | 'nats'): number | undefined
  /** Ends one service or NATS by SIGKILL. */
  crash(name: StackService | 'nats'): Promise<void>
  /** Starts a service or NATS again, whether it runs or not, and waits until it is ready. */
  restart(name: StackService | 'nats'): Promise<void>
  stop(): Promise<void>
  /** Ends everything at once; for the second Ctrl-C. */
  kill(): void
}

/** How long all services together may take to be ready; a cold start takes 2–5 s. */
const READY_WITHIN_MS = 60_000

/**
 * Starts NATS and all services as processes on embedded storage and waits until each is ready.
 *
 * @throws StackFailure with one sentence when a port is taken, the directory has no rights, no nats-server can be had,
 *   or a service ends or does not become ready; nothing is left running then
 */
export async function startStack(options: StackOptions): Promise<RunningStack> {
  const root = workspaceRoot()
  assertBuilt(root)
  await assertPortsFree(options)
  const directory = openDataDirectory(options.dataDirectory)
  const firstStart = !existsSync(directory.adminFile)
  let reportBroken: (end: ChildEnd) => void = () => undefined
  const broken = new Promise<ChildEnd>((resolve) => (reportBroken = resolve))
  const supervisor = new Supervisor(directory.logs, (end) => {
    reportBroken(end)
  })
  try {
    const secrets = stackSecrets(directory.secretsFile, options.env)
    const startNats = (): Promise<NatsEnvironment> => startStackNats({ root, supervisor, directory, secrets, options })
    const natsEnv = await startNats()
    const start = (name: StackService): Promise<unknown> => {
      const parts = { ports: options.ports, dataDirectory: directory.path, secrets, env: options.env }
      return supervisor.start(serviceCommand(root, name, serviceEnvironment({ ...parts, natsEnv: natsEnv(name) })))
    }
    await Promise.all(STACK_SERVICES.map(start))
    await allReady(STACK_SERVICES, options, supervisor, broken)
    return {
      urls: serviceUrls(options.ports),
      dataDirectory: directory.path,
      logDirectory: directory.logs,
      admin: readAdmin(directory),
      firstStart,
      broken,
      pidOf: (name) => supervisor.child(name)?.pid,
      crash: (name) => supervisor.crash(name),
      restart: async (name) => {
        await supervisor.stop(name)
        if (name === 'nats') {
          await startNats()
          return
        }
        await start(name)
        await allReady([name], options, supervisor, broken)
      },
      stop: async () => {
        await supervisor.stopAll(['nats'])
        directory.release()
      },
      kill: () => {
        supervisor.killAll()
        directory.release()
      },
    }
  } catch (error) {
    await supervisor.stopAll(['nats'])
    directory.release()
    throw error
  }
}

async function assertPortsFree({ ports, env }: StackOptions): Promise<void> {
  const own = Object.keys(portVariables) as (keyof StackPorts)[]
  const needed = own.filter((name) => name !== 'nats' || !env['NATS_URL'])
  const shared = needed.filter((name) => needed.some((other) => other !== name && ports[other] === ports[name]))
  if (shared.length > 0) {
    throw new StackFailure(`${shared.map((name) => portVariables[name].variable).join(' and ')} are the same port: give each its own.`)
  }
  const checks = await Promise.all(needed.map(async (name) => ({ name, free: await isPortFree(ports[name]) })))
  const taken = checks.filter((check) => !check.free).map(({ name }) => `${ports[name]} (${portVariables[name].variable})`)
  if (taken.length > 0) {
    throw new StackFailure(`Another program listens on port ${taken.join(', ')}: stop it, or set the variable to a free port.`)
  }
}

export function serviceUrls(ports: StackPorts): Record<StackService, string> {
  return Object.fromEntries(STACK_SERVICES.map((name) => [name, `http://localhost:${ports[name]}`])) as Record<StackService, string>
}

async function allReady(
  names: readonly StackService[],
  { ports, say }: Pick<StackOptions, 'ports' | 'say'>,
  supervisor: Supervisor,
  broken: Promise<ChildEnd>,
): Promise<void> {
  let end: ChildEnd | undefined
  void broken.then((first) => (end = first))
  const urls = serviceUrls(ports)
  const answers = await Promise.all(
    names.map(async (name) => {
      const missing = await waitUntilReady({
        baseUrl: urls[name],
        withinMs: READY_WITHIN_MS,
        isOver: () => end !== undefined,
        onSlow: (text) => {
          say(`${name} is not ready yet: ${text}`)
        },
      })
      return { name, missing }
    }),
  )
  if (end !== undefined) throw new StackFailure(endSentence(end))
  const late = answers.find((answer) => answer.missing !== undefined)
  if (late !== undefined) {
    throw new StackFailure(
      `${late.name} is not ready after ${READY_WITHIN_MS / 1000} s (${String(late.missing)}): see ${supervisor.logFile(late.name)}.`,
    )
  }
}

/**
 * The sentence for a process of the stack that ended by itself. A service that refuses to start says why in sentences of
 * its own beside its log lines; then they are all that the operator needs.
 */
export function endSentence(end: ChildEnd): string {
  const spoken = end.lastLines.split('\n').filter((line) => line !== '' && !isLogLine(line))
  if (end.status === 1 && spoken.length > 0 && spoken.every(isSentence)) return `${end.name}: ${spoken.join('\n')}`
  const how = end.signal === null ? `status ${String(end.status)}` : end.signal
  return `${end.name} ended with ${how}: see ${end.logFile}.`
}

const isLogLine = (line: string): boolean => line.startsWith('{')

/** A part of a stack trace is none. */
const isSentence = (line: string): boolean => /^[A-Za-z].*\.$/.test(line)

function readAdmin(directory: DataDirectory): AdminCredential {
  const parsed: unknown = JSON.parse(readFileSync(directory.adminFile, 'utf8'))
  if (typeof parsed === 'object' && parsed !== null && 'clientId' in parsed && 'clientSecret' in parsed) {
    const { clientId, clientSecret } = parsed
    if (typeof clientId === 'string' && typeof clientSecret === 'string') return { clientId, clientSecret }
  }
  throw new StackFailure(`${directory.adminFile} does not hold clientId and clientSecret: restore it from a backup.`)
}
