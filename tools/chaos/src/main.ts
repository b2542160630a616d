// `npm run chaos`
import { join } from 'node:path'
import { findNatsServer, workspaceRoot } from '@cambio/local-stack'

import { chaosRun } from './chaos-run.js'

const say = (line: string): void => void process.stdout.write(`${line}\n`)
const found = await findNatsServer({ env: process.env, cacheDir: join(workspaceRoot(), '.cache'), log: say })
if (!found.ok) throw new Error(found.problem)
const result = await chaosRun({
  seed: process.argv[2] ?? '1',
  topology: 'single',
  binary: found.binary,
  changes: Number(process.argv[3] ?? 150),
  changesPerSecond: 15,
  faults: Number(process.argv[4] ?? 6),
  longestFaultMs: 3_000,
  exchangePauseMs: 50,
  say,
})
say(JSON.stringify({ ...result, findings: result.findings.slice(0, 20), number: result.findings.length }, null, 2))
process.exitCode = result.findings.length === 0 ? 0 : 1
