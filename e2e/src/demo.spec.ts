import { readdirSync } from 'node:fs'
import { afterAll, expect, it } from 'vitest'

import { launch, nothingRuns } from './world/launched.js'
import { freePorts, operatorEnvironment, portEnvironment, temporaryDirectory } from './world/own-stack.js'

const directory = temporaryDirectory()

afterAll(() => {
  directory.remove()
})

it('npm run demo: every step holds, and nothing is left of it', async () => {
  // What operatorEnvironment opens for other tests, the demo has to open for itself.
  const env = operatorEnvironment({ ...portEnvironment(await freePorts()), CAMBIO_FETCH_ALLOW: '', TMPDIR: directory.path })
  const demo = launch('tools/demo/dist/main.js', env)
  const { status, stdout, stderr } = await demo.ended
  expect(stderr).toBe('')
  const [, held, total] = /\n(\d+) of (\d+) held\n/.exec(stdout) ?? []
  expect([status, held]).toEqual([0, total])
  expect(Number(total)).toBeGreaterThanOrEqual(36)
  expect(stdout).not.toContain('✗')
  expect(stdout.match(/^ {2}\$ curl /gm)?.length).toBeGreaterThan(20)
  await nothingRuns(directory.path, 2_000)
  expect(readdirSync(directory.path)).toEqual([])
})
