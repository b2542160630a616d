import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { RecordedLog } from '../testing/recorded-log.js'
import { connectionOptions } from './link-options.js'
import { isServerRecentEnough } from './link-state.js'

const log = new RecordedLog()

describe('the options of every NATS connection', () => {
  it('never give up and notice a frozen server within 10 s', () => {
    expect(connectionOptions({ servers: 'nats://localhost:4222', name: 'gateway', log })).toMatchObject({
      servers: ['localhost:4222'],
      name: 'gateway',
      waitOnFirstConnect: true,
      maxReconnectAttempts: -1,
      pingInterval: 3_000,
      maxPingOut: 2,
    })
  })

  it('take the credentials that an address holds, and leave them out of the address', () => {
    expect(connectionOptions({ servers: ['nats://me:pass%20word@one:1', 'two'], name: 'n', log })).toMatchObject({
      servers: ['one:1', 'two:4222'],
      user: 'me',
      pass: 'pass word',
    })
    expect(connectionOptions({ servers: 'nats://s3cret@one', name: 'n', log })).toMatchObject({ servers: ['one:4222'], token: 's3cret' })
  })

  it('demand TLS for tls:// and for given certificates, and else do not', () => {
    expect(connectionOptions({ servers: 'tls://one', name: 'n', log }).tls).toEqual({})
    expect(connectionOptions({ servers: 'nats://one', name: 'n', log, tls: { caFile: '/ca.pem' } }).tls).toEqual({ caFile: '/ca.pem' })
    expect(connectionOptions({ servers: 'nats://one', name: 'n', log })).not.toHaveProperty('tls')
  })

  it.each(['http://one', 'nats://', 'nats://one:notaport', 'nats://me:hunter2@:4222'])(
    'refuse the address %s without repeating it',
    (servers) => {
      expect(() => connectionOptions({ servers, name: 'n', log })).toThrow(
        new TypeError('a NATS address must look like nats://host:port or tls://host:port'),
      )
    },
  )

  it('refuse a credentials file that is not there', () => {
    const folder = mkdtempSync(join(tmpdir(), 'link-spec-'))
    const credsFile = join(folder, 'absent.creds')
    expect(() => connectionOptions({ servers: 'one', name: 'n', log, credentials: { credsFile } })).toThrow(
      new TypeError(`the NATS credentials file ${credsFile} cannot be read`),
    )
    rmSync(folder, { recursive: true })
  })

  it.each([
    ['2.8.4', false],
    ['2.9.10', true],
    ['2.15.1', true],
    ['3.0.0-beta.1', true],
    ['1.99.0', false],
  ])('take nats-server %s: %s', (version, expected) => {
    expect(isServerRecentEnough(version)).toBe(expected)
  })
})
