// Every `npm run` goes through here: it runs a command with Node 24, also where the system has an older one. On Linux `npm ci` brings the
// binary along as an optional dependency (docs/adr/0002-node-24.md). It is found by its package and not through node_modules/.bin,
// where npm 10 does not link it.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { constants } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const REQUIRED = 24

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const isRecentEnough = Number(process.versions.node.split('.')[0]) >= REQUIRED
const shipped = join(root, 'node_modules', `node-${process.platform}-${process.arch}`, 'bin')

if (!isRecentEnough && !existsSync(join(shipped, 'node'))) {
  process.stderr.write(
    `Cambio runs on Node ${REQUIRED} or newer, and this is ${process.version}. On Linux x64 and arm64 \`npm ci\` brings it along ` +
      `(without --omit=optional); elsewhere install Node ${REQUIRED} LTS.\n`,
  )
  process.exit(1)
}

const [command = '', ...parameters] = process.argv.slice(2)
const tools = join(root, 'node_modules', '.bin')
const folders = isRecentEnough ? [dirname(process.execPath), tools] : [shipped, tools]
const child = spawn(command, parameters, {
  stdio: 'inherit',
  env: { ...process.env, PATH: [...folders, process.env.PATH].join(delimiter) },
})

// The command decides when it has ended. A terminal's Ctrl-C reaches it directly as well; commands take the two as one.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
child.on('error', (error) => {
  process.stderr.write(`${command} cannot be run (${error.message}): run \`npm ci\` first.\n`)
  process.exitCode = 1
})
child.on('exit', (status, signal) => {
  process.exitCode = status ?? 128 + (signal === null ? 0 : constants.signals[signal])
})
