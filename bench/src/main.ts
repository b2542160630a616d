// `npm run bench`: what an exchange costs beside what its cryptography costs, in one run on one machine. Nothing else should run meanwhile.
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { environmentOf, freePort, StackFailure, startStack } from '@cambio/local-stack'

import { benchExchange, type Measured } from './exchange/exchange.bench.js'

const say = (line: string): void => void process.stdout.write(`${line}\n`)

const dataDirectory = mkdtempSync(join(tmpdir(), 'cambio-bench-'))
try {
  const ports = {
    'token-service': await freePort(),
    'idp-registry': await freePort(),
    applications: await freePort(),
    nats: await freePort(),
  }
  const stack = await startStack({ ports, dataDirectory, env: environmentOf(process.env), say })
  try {
    say(`Token exchange: RS256 2048 in, ES256 out, client secret, two scopes, keys warm; 16 connections.`)
    say(
      `${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}, Node ${process.version}; the load generator runs on the same machine.\n`,
    )
    const { floor, exchange, ratio, startSeconds } = await benchExchange(stack)
    say('                              per second   p50 ms   p99 ms   RSS MiB   failures')
    say(row('floor: node:http + jose', floor))
    say(row('exchange', exchange))
    say(
      `\nratio ${ratio.toFixed(2)} of the floor (aim: at least 0.50); a token service is ready ${startSeconds.toFixed(1)} s after its start`,
    )
    process.exitCode = floor.failures + exchange.failures === 0 ? 0 : 1
  } finally {
    await stack.stop()
  }
} catch (error) {
  if (!(error instanceof StackFailure)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
} finally {
  rmSync(dataDirectory, { recursive: true, force: true })
}

function row(name: string, measured: Measured): string {
  const cells = [
    measured.perSecond.toFixed(0).padStart(12),
    measured.p50Ms.toFixed(1).padStart(9),
    measured.p99Ms.toFixed(1).padStart(9),
    measured.rssMiB.toFixed(0).padStart(10),
    String(measured.failures).padStart(11),
  ]
  return name.padEnd(28) + cells.join('')
}
