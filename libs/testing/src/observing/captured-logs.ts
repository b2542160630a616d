import { inspect } from 'node:util'

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal'

export interface CapturedLine {
  readonly level: LogLevel
  readonly args: readonly unknown[]
}

type Log = (...args: readonly unknown[]) => void

/** Takes what code under test logs, with the methods that pino, the console and Nest's loggers have in common. */
export interface CapturedLogs {
  readonly logger: Readonly<Record<LogLevel | 'log', Log>>
  readonly lines: readonly CapturedLine[]
  at(level: LogLevel): readonly CapturedLine[]
  /** Everything, hidden properties and causes of errors included: what `secretScan` reads. */
  text(): string
  clear(): void
}

export function captureLogs(): CapturedLogs {
  const lines: CapturedLine[] = []
  const taking =
    (level: LogLevel): Log =>
    (...args) => {
      lines.push({ level, args })
    }
  return {
    logger: {
      trace: taking('trace'),
      debug: taking('debug'),
      info: taking('info'),
      log: taking('info'),
      warn: taking('warn'),
      error: taking('error'),
      fatal: taking('fatal'),
    },
    lines,
    at: (level) => lines.filter((line) => line.level === level),
    text: () => lines.map(({ level, args }) => [level, ...args.map(written)].join(' ')).join('\n'),
    clear: () => {
      lines.length = 0
    },
  }
}

function written(value: unknown): string {
  if (typeof value === 'string') return value
  return inspect(value, { depth: null, breakLength: Infinity, maxStringLength: null, maxArrayLength: null, showHidden: true })
}
