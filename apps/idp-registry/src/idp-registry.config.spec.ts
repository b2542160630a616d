import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { createLog, parseConfiguration } from '@cambio/service-kit'
import { describe, expect, it, onTestFinished } from 'vitest'

import { registrySettings } from './idp-registry.config.js'
import { openRuntime } from './registry-runtime.js'

function configuration(more: Record<string, string> = {}) {
  const reading = parseConfiguration('idp-registry', { CAMBIO_SNAPSHOT_KEY: 'a'.repeat(64), ...more })
  if (!reading.ok) throw new TypeError(JSON.stringify(reading.problems))
  return reading.configuration
}

const silent = createLog({ service: 'test', level: 'error', write: () => undefined })

describe('the configuration of the registry', () => {
  it('names our own issuer', () => {
    expect(registrySettings(configuration())).toMatchObject({ issuer: 'http://localhost:8400' })
  })

  it('refuses a database that this version cannot use, without showing its address', async () => {
    const refused = openRuntime(configuration({ MONGODB_URI: 'mongodb://user:hunter2@mongo.example' }), silent)
    await expect(refused).rejects.toMatchObject({
      code: 'store_open',
      message: 'MONGODB_URI is set, and this version has no MongoDB adapter: unset it to use the embedded store.',
    })
  })

  it('refuses a data directory that is none, by its name', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'cambio-registry-start-'))
    onTestFinished(async () => rm(directory, { recursive: true }))
    const file = join(directory, 'a-file')
    await writeFile(file, '')
    await expect(openRuntime(configuration({ CAMBIO_DATA_DIR: file }), silent)).rejects.toMatchObject({
      code: 'store_open',
      message: expect.stringMatching(/^Cannot write .*a-file.*: .*CAMBIO_DATA_DIR\.$/) as string,
    })
  })

  it('refuses a malformed list of opened addresses by the place in it', () => {
    expect(() => registrySettings(configuration({ CAMBIO_FETCH_ALLOW: '127.0.0.1,10.0.0.1/8' }))).toThrow(
      'CAMBIO_FETCH_ALLOW is malformed, entry 2: the address has bits set beyond the prefix length.',
    )
  })
})
