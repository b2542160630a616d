import { ESLint } from 'eslint'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '../../..')

/** Rules of ours that a file placed at `path` with this text breaks. */
async function rulesBrokenBy(path: string, text: string): Promise<string[]> {
  // Written into the tree, because typed rules and Nx look at the file's real place.
  const folder = mkdtempSync(join(root, path, 'boundary-probe-'))
  try {
    const file = join(folder, 'probe.ts')
    writeFileSync(file, text)
    const [result] = await new ESLint({ cwd: root }).lintFiles([file])
    return (result?.messages ?? [])
      .filter((message) => message.severity === 2)
      .map((message) => `${String(message.ruleId)}: ${message.message.split('\n')[0] ?? ''}`)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

describe('module boundaries', () => {
  beforeAll(() => {
    // Without the project graph the rule says nothing and passes.
    execFileSync('nx', ['show', 'projects', '--json'], { cwd: root, env: { ...process.env, NX_DAEMON: 'false' }, stdio: 'ignore' })
  })

  it.each([
    ['a pure library that imports storage', 'libs/oauth/src', "import { Store } from '@cambio/store'\nexport const held = Store\n"],
    ['a library that imports an application', 'libs/store/src', "import '../../../../apps/token-service/src/main.js'\n"],
    ['an application that imports another', 'apps/token-service/src', "import '../../../applications/src/main.js'\n"],
    [
      'the token service with an outgoing fetch',
      'apps/token-service/src',
      "import * as fetcher from '@cambio/safe-fetch'\nexport const held = fetcher\n",
    ],
    ['NATS outside messaging', 'apps/applications/src', "import { connect } from '@nats-io/transport-node'\nexport const held = connect\n"],
    ['jose in the registry', 'apps/idp-registry/src', "import { jwtVerify } from 'jose'\nexport const held = jwtVerify\n"],
    ['Nest in pure code', 'libs/token-trust/src', "import { Injectable } from '@nestjs/common'\nexport const held = Injectable\n"],
  ])('refuses %s', async (_name, path, text) => {
    expect(await rulesBrokenBy(path, text)).toEqual([expect.stringMatching(/^@nx\/enforce-module-boundaries: /)])
  })

  it('refuses node:sqlite outside the store', async () => {
    const broken = await rulesBrokenBy(
      'apps/applications/src',
      "import { DatabaseSync } from 'node:sqlite'\nexport const held = DatabaseSync\n",
    )
    expect(broken).toEqual([expect.stringContaining('node:sqlite belongs to libs/store')])
  })

  it('refuses process.env outside configuration', async () => {
    const broken = await rulesBrokenBy('apps/applications/src', "export const held = process.env['HOME']\n")
    expect(broken).toEqual([expect.stringContaining('Configuration is parsed once')])
  })

  it('allows what the table allows', async () => {
    expect(
      await rulesBrokenBy('apps/applications/src', "import { newId } from '@cambio/contracts'\nexport const held = newId('api')\n"),
    ).toEqual([])
  })
})

describe('boundaries that only the whole graph shows', () => {
  let probe = ''

  afterEach(() => {
    rmSync(probe, { recursive: true, force: true })
  })

  it('refuses a path into a library, a cycle and test code in what ships', () => {
    probe = mkdtempSync(join(root, 'apps/token-service/src/boundary-probe-'))
    writeFileSync(
      join(probe, 'a.ts'),
      "import { b } from './b.js'\nimport { newId } from '../../../../libs/contracts/src/ids.js'\nexport const a = [b, newId]\n",
    )
    writeFileSync(
      join(probe, 'b.ts'),
      "import { a } from './a.js'\nimport * as testing from '@cambio/testing'\nexport const b = [a, testing]\n",
    )
    let output = ''
    try {
      execFileSync('depcruise', ['--config', '.dependency-cruiser.cjs', probe.slice(root.length + 1)], { cwd: root, encoding: 'utf8' })
    } catch (error) {
      output = (error as { stdout: string }).stdout
    }
    for (const rule of ['no-cycles', 'one-entry', 'tests-stay-out-of-what-ships']) expect(output).toContain(rule)
  })
})
