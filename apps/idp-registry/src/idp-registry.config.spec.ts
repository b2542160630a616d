import { parseConfiguration, StartRefusal } from '@cambio/service-kit'
import { describe, expect, it } from 'vitest'

import { registrySettings } from './idp-registry.config.js'

function configuration(more: Record<string, string> = {}) {
  const reading = parseConfiguration('idp-registry', { CAMBIO_SNAPSHOT_KEY: 'a'.repeat(64), CAMBIO_DATA_DIR: '/var/lib/cambio', ...more })
  if (!reading.ok) throw new TypeError(JSON.stringify(reading.problems))
  return reading.configuration
}

describe('the configuration of the registry', () => {
  it('puts its database into the data directory', () => {
    expect(registrySettings(configuration())).toMatchObject({
      databaseFile: '/var/lib/cambio/idp-registry.db',
      issuer: 'http://localhost:8400',
    })
  })

  it('refuses a database that this version cannot use, without showing its address', () => {
    const start = () => registrySettings(configuration({ MONGODB_URI: 'mongodb://user:hunter2@mongo.example' }))
    expect(start).toThrow(StartRefusal)
    expect(start).toThrow('MONGODB_URI is set, and MongoDB support is not in this version yet: unset it to store in embedded SQLite.')
  })

  it('refuses a malformed list of opened addresses by the place in it', () => {
    expect(() => registrySettings(configuration({ CAMBIO_FETCH_ALLOW: '127.0.0.1,10.0.0.1/8' }))).toThrow(
      'CAMBIO_FETCH_ALLOW is malformed, entry 2: the address has bits set beyond the prefix length.',
    )
  })
})
