import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { openDataDirectory } from './data-directory.js'
import { portsFrom } from './stack-options.js'
import { stackSecrets } from './stack-secrets.js'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'data-directory-'))
})

afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

describe('the data directory', () => {
  it('is made for this user alone', () => {
    const directory = openDataDirectory(join(folder, 'new'))
    expect(statSync(directory.path).mode & 0o777).toBe(0o700)
  })

  it('belongs to one stack at a time', async () => {
    const other = spawn(
      process.execPath,
      [
        '--input-type=module-typescript',
        '-e',
        `import { readFileSync, writeFileSync } from 'node:fs'
         const started = readFileSync('/proc/self/stat', 'utf8').split(') ').at(-1).split(' ')[19]
         writeFileSync(${JSON.stringify(join(folder, 'stack.pid'))}, process.pid + ' ' + started + '\\n')
         console.log('holds it')
         setInterval(() => {}, 1000)`,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    await once(other.stdout, 'data')
    expect(() => openDataDirectory(folder)).toThrow(/^Another stack \(process \d+\) uses .*CAMBIO_DATA_DIR/)
    other.kill()
  })

  it.each([
    ['was killed', '999999999 1'],
    ['was killed and whose process id is now another program’s', `${process.ppid} 1`],
  ])('is taken over from a launcher that %s', (_name, holder) => {
    writeFileSync(join(folder, 'stack.pid'), `${holder}\n`)
    openDataDirectory(folder).release()
    openDataDirectory(folder).release()
  })

  it('that cannot be made is one sentence that says what to do', () => {
    writeFileSync(join(folder, 'file'), '')
    expect(() => openDataDirectory(join(folder, 'file'))).toThrow(
      /^The data directory .* cannot be written: .*CAMBIO_DATA_DIR to another one\.$/,
    )
  })
})

describe('the secrets of a stack', () => {
  it('are generated once, 256 bit each, for this user alone', () => {
    const file = join(folder, 'secrets.json')
    const secrets = stackSecrets(file, {})
    for (const secret of Object.values(secrets)) expect(Buffer.from(secret, 'base64url')).toHaveLength(32)
    expect(new Set(Object.values(secrets)).size).toBe(4)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(stackSecrets(file, {})).toEqual(secrets)
  })

  it('that the environment gives win and are not written', () => {
    const file = join(folder, 'secrets.json')
    writeFileSync(join(folder, 'pepper'), 'from-a-file\n')
    const secrets = stackSecrets(file, { CAMBIO_PEPPER_FILE: join(folder, 'pepper'), NATS_PASSWORD: 'given' })
    expect(secrets).toMatchObject({ CAMBIO_PEPPER: 'from-a-file', NATS_PASSWORD: 'given' })
    expect(Object.keys(stackSecrets(file, {}))).toEqual(Object.keys(secrets))
    expect(stackSecrets(file, {}).CAMBIO_PEPPER).not.toBe('from-a-file')
  })

  it('that cannot be read stop the start and are not replaced', () => {
    const file = join(folder, 'secrets.json')
    writeFileSync(file, '{"CAMBIO_PEPPER":')
    expect(() => stackSecrets(file, {})).toThrow(/cannot be read as JSON: restore it from a backup/)
  })
})

describe('a secret from a file', () => {
  it('that cannot be read is one sentence that names the variable', () => {
    expect(() => stackSecrets(join(folder, 'secrets.json'), { CAMBIO_PEPPER_FILE: join(folder, 'none') })).toThrow(
      /^CAMBIO_PEPPER_FILE must be the path of a file that this user can read\.$/,
    )
  })
})

describe('the ports of a stack', () => {
  it('have the documented defaults', () => {
    expect(portsFrom({})).toEqual({ 'token-service': 8400, 'idp-registry': 8401, applications: 8402, nats: 8422 })
  })

  it('that are no ports are named, all at once', () => {
    expect(() => portsFrom({ TOKEN_SERVICE_PORT: 'http', NATS_PORT: '65536', APPLICATIONS_PORT: '9000' })).toThrow(
      'TOKEN_SERVICE_PORT, NATS_PORT must be a port number from 1 to 65535.',
    )
  })
})
