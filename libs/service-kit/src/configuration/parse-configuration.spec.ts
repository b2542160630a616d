import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'

import { describe, expect, it, onTestFinished } from 'vitest'

import { type ConfigurationReader } from './catalogue.js'
import { renderConfigurationReference } from './configuration-reference.js'
import { parseConfiguration, portOf, portVariable } from './parse-configuration.js'
import { Secret } from './secret.js'

const key = Buffer.alloc(32, 1).toString('base64url')
const secrets = { CAMBIO_PEPPER: key, CAMBIO_KEY_ENCRYPTION_KEY: key, CAMBIO_SNAPSHOT_KEY: key }

function problemsOf(env: Record<string, string>, reader: ConfigurationReader = 'token-service') {
  const reading = parseConfiguration(reader, { ...secrets, ...env })
  return reading.ok ? [] : reading.problems
}

function aFile(content: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'cambio-configuration-'))
  onTestFinished(() => {
    rmSync(folder, { recursive: true })
  })
  const file = join(folder, 'secret')
  writeFileSync(file, content)
  return file
}

describe('configuration', () => {
  it('has a default for everything but the secrets', () => {
    const reading = parseConfiguration('token-service', secrets)
    if (!reading.ok) throw new Error('refused')
    const { pepper, keyEncryptionKey, snapshotKey, ...plain } = reading.configuration
    expect(plain).toEqual({
      tokenServicePort: 8400,
      bindAddress: '127.0.0.1',
      issuer: 'http://localhost:8400',
      dataDirectory: './.cambio',
      natsUrl: ['nats://127.0.0.1:8422'],
      natsUser: undefined,
      natsPassword: undefined,
      natsReplicas: 1,
      mongodbUri: undefined,
      databasePrefix: 'cambio',
      maxStalenessSeconds: undefined,
      signingAlgorithm: 'ES256',
      overloadTargetMs: 50,
      logLevel: 'info',
    })
    for (const secret of [pepper, keyEncryptionKey, snapshotKey]) expect(Buffer.from(secret.reveal())).toEqual(Buffer.alloc(32, 1))
  })

  it('reports every problem at once, by name and rule', () => {
    const reading = parseConfiguration('token-service', {
      TOKEN_SERVICE_PORT: '70000',
      CAMBIO_ISSUER: 'http://tokens.example.com',
      CAMBIO_SIGNING_ALGORITHM: 'HS256',
      CAMBIO_KEY_ENCRYPTION_KEY: 'too-short',
      CAMBIO_PEPER: 'misspelt',
      CAMBIO_SNAPSHOT_KEY: '',
    })
    expect(reading).toEqual({
      ok: false,
      problems: [
        { variable: 'CAMBIO_PEPER', rule: 'is not a variable of Cambio; see docs/configuration.md' },
        { variable: 'TOKEN_SERVICE_PORT', rule: 'must be a port number from 1 to 65535' },
        { variable: 'CAMBIO_ISSUER', rule: 'must begin with https:// unless its host is localhost' },
        { variable: 'CAMBIO_PEPPER', rule: 'is required' },
        { variable: 'CAMBIO_KEY_ENCRYPTION_KEY', rule: 'must be 32 random bytes in base64url (43 characters) or hexadecimal (64 digits)' },
        { variable: 'CAMBIO_SNAPSHOT_KEY', rule: 'is required' },
        { variable: 'CAMBIO_SIGNING_ALGORITHM', rule: 'must be one of ES256, RS256, EdDSA' },
      ],
    })
  })

  it('never reports a value', () => {
    const value = 'Zq7pX-the-value-that-must-not-be-shown'
    const names = [
      'TOKEN_SERVICE_PORT',
      'CAMBIO_ISSUER',
      'NATS_URL',
      'MONGODB_URI',
      'CAMBIO_LOG_LEVEL',
      'CAMBIO_BIND_ADDRESS',
      'CAMBIO_TYPO',
    ]
    const problems = problemsOf({ ...Object.fromEntries(names.map((name) => [name, `${value} `])), CAMBIO_PEPPER_FILE: `/${value}` })
    expect(problems.map(({ variable }) => variable)).toEqual(expect.arrayContaining(names))
    expect(JSON.stringify(problems)).not.toContain(value)
  })

  it('refuses unknown variables under our prefixes only, and takes those of other services as they are', () => {
    expect(problemsOf({ GATEWAY_PROT: '1', SOMETHING_ELSE: 'x', NATS_FOO: 'x' })).toEqual([
      { variable: 'GATEWAY_PROT', rule: 'is not a variable of Cambio; see docs/configuration.md' },
    ])
    expect(problemsOf({ APPLICATIONS_PORT: 'not read by the token service' })).toEqual([])
  })

  it('reads a secret from a file, without the newline at its end', () => {
    const reading = parseConfiguration('idp-registry', { CAMBIO_SNAPSHOT_KEY_FILE: aFile(`${'0f'.repeat(32)}\n`) })
    expect(reading.ok && Buffer.from(reading.configuration.snapshotKey.reveal())).toEqual(Buffer.alloc(32, 0x0f))
  })

  it('refuses a secret given twice, a file that is not there, and _FILE for what is no secret', () => {
    expect(problemsOf({ CAMBIO_PEPPER_FILE: aFile(key) })).toEqual([
      { variable: 'CAMBIO_PEPPER_FILE', rule: 'must not be set together with CAMBIO_PEPPER' },
    ])
    expect(problemsOf({ CAMBIO_PEPPER: '', CAMBIO_PEPPER_FILE: '/does/not/exist' })).toEqual([
      { variable: 'CAMBIO_PEPPER_FILE', rule: 'must name a file that can be read' },
    ])
    expect(problemsOf({ CAMBIO_ISSUER_FILE: '/x' })).toEqual([
      { variable: 'CAMBIO_ISSUER_FILE', rule: 'is not a variable of Cambio; see docs/configuration.md' },
    ])
  })

  it.each([
    'https://tokens.example.com',
    'https://tokens.example.com:8443',
    'http://localhost:9000',
    'http://127.0.0.1:1',
    'http://[::1]:8400',
  ])('takes the issuer %s', (issuer) => {
    expect(problemsOf({ CAMBIO_ISSUER: issuer })).toEqual([])
  })

  it.each([
    'https://tokens.example.com/',
    'https://tokens.example.com/path',
    'https://tokens.example.com?x=1',
    'https://user:pw@tokens.example.com',
    'https://TOKENS.example.com',
    'http://localhost.evil.example',
    'ftp://localhost',
    'tokens.example.com',
  ])('refuses the issuer %s', (issuer) => {
    expect(problemsOf({ CAMBIO_ISSUER: issuer })).toHaveLength(1)
  })

  it('takes as many copies of the feed as a NATS cluster can keep', () => {
    for (const copies of ['1', '3', '5']) expect(problemsOf({ CAMBIO_NATS_REPLICAS: copies })).toEqual([])
    for (const copies of ['0', '2', '7', '03', 'three']) {
      expect(problemsOf({ CAMBIO_NATS_REPLICAS: copies })).toEqual([{ variable: 'CAMBIO_NATS_REPLICAS', rule: 'must be 1, 3 or 5' }])
    }
  })

  it('refuses credentials in NATS_URL, and a user without password', () => {
    expect(problemsOf({ NATS_URL: 'nats://me:secret@host:4222' })).toHaveLength(1)
    expect(problemsOf({ NATS_URL: 'nats://a:4222,tls://b:4222' })).toEqual([])
    expect(problemsOf({ NATS_USER: 'me' })).toEqual([{ variable: 'NATS_PASSWORD', rule: 'is required together with NATS_USER' }])
  })

  it('refuses a MongoDB address that names a database', () => {
    expect(problemsOf({ MONGODB_URI: 'mongodb://u:p@a:1,b:2/?replicaSet=r' })).toEqual([])
    expect(problemsOf({ MONGODB_URI: 'mongodb://a:1/cambio' })).toEqual([
      { variable: 'MONGODB_URI', rule: 'must be a mongodb:// or mongodb+srv:// address that names no database' },
    ])
  })

  it('knows the port of each service', () => {
    const reading = parseConfiguration('applications', { ...secrets, APPLICATIONS_PORT: '9' })
    expect(reading.ok && portOf('applications', reading.configuration)).toBe(9)
    expect(portVariable('applications')).toBe('APPLICATIONS_PORT')
  })
})

describe('a secret of the configuration', () => {
  it('is not shown by whatever prints it', () => {
    const secret = new Secret('a-very-secret-value')
    const printed = [
      String(secret),
      secret.toString(),
      JSON.stringify({ secret }),
      inspect(secret),
      inspect({ secret }, { showHidden: true }),
    ]
    expect(printed.join(' ')).not.toContain('a-very-secret-value')
    expect(secret.reveal()).toBe('a-very-secret-value')
  })
})

describe('the configuration reference', () => {
  it('has a row for every variable with its default and marks secrets', () => {
    const reference = renderConfigurationReference()
    expect(reference).toContain('| `TOKEN_SERVICE_PORT` | `8400` | token-service, launcher | Port of the token service. |')
    expect(reference).toContain('| `CAMBIO_PEPPER` (secret) | required |')
    expect(reference).toContain('| `MONGODB_URI` (secret) | – |')
    expect(reference.endsWith('|\n')).toBe(true)
  })
})
