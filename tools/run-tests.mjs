// `npm test`: the test target of every project through Nx, and one closing line with the sum of what they report.
// A project that has test files and leaves no report counts as failed: nothing may pass by not running.
// Reports lie outside of `dist`: Nx clears that folder when it restores a build, also after the project's tests have run.
import { spawnSync } from 'node:child_process'
import { globSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'

const root = join(import.meta.dirname, '..')
const projects = globSync('{libs,apps,tools}/*/package.json', { cwd: root }).concat('e2e/package.json', 'bench/package.json').map(dirname)

for (const project of projects) rmSync(join(root, project, 'reports/tests.json'), { force: true })

// Looked for once, before many test processes would look for it at the same time.
const nats = process.env.TEST_NATS_SERVER ?? (await findTestedNatsServer())

const nx = spawnSync('nx', ['run-many', '-t', 'test', '--parallel=2', '--output-style=stream', ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, NX_DAEMON: 'false', NX_TUI: 'false', TEST_NATS_SERVER: nats },
})

let passed = 0
let failed = 0
for (const project of projects) {
  const specs = globSync('src/**/*.spec.ts', { cwd: join(root, project) })
  if (specs.length === 0) continue
  const report = readReport(join(root, project, 'reports/tests.json'))
  if (report === undefined) {
    process.stderr.write(`${project}: ${specs.length} test files and no report\n`)
    failed += 1
    continue
  }
  passed += report.numPassedTests
  // A file that could not be loaded has no failed test and is a failure all the same.
  const unloaded = report.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.every((test) => test.status !== 'failed'),
  )
  failed += report.numFailedTests + unloaded.length
  const skipped = report.numPendingTests + (report.numTodoTests ?? 0)
  if (skipped > 0) process.stderr.write(`${project}: ${skipped} skipped\n`)
  if (skipped > 0 && process.env.CI) failed += skipped
}
if (nx.status !== 0 && failed === 0) failed = 1

process.stdout.write(`${passed} passed, ${failed} failed\n`)
process.exitCode = failed === 0 && passed > 0 ? 0 : 1

async function findTestedNatsServer() {
  const { findNatsServer } = await import('../libs/local-stack/dist/index.js')
  const log = (line) => process.stderr.write(`${line}\n`)
  const found = await findNatsServer({ env: process.env, cacheDir: join(root, '.cache'), log })
  if (found.ok) return found.binary
  process.stderr.write(`${found.problem}\n0 passed, 1 failed\n`)
  process.exit(1)
}

function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}
