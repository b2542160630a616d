import { type ServiceName } from '@cambio/contracts'
import { z } from 'zod'

import {
  addressListRule,
  bindAddressRule,
  bucketReplicasRule,
  choiceRule,
  issuerRule,
  keyRule,
  millisecondsRule,
  mongoUriRule,
  natsUrlRule,
  portRule,
  secondsRule,
  secretTextRule,
  textRule,
} from './rules.js'
import { Secret } from './secret.js'

/** Who reads a variable: services, and the launcher that starts all of them on one machine. */
export type ConfigurationReader = ServiceName | 'launcher'

export interface Variable {
  readonly name: string
  /** Reads the text of the environment; its messages begin with "must". */
  readonly rule: z.ZodType<unknown, string>
  /** The text that stands for a variable that is absent; without it the variable is required or simply absent. */
  readonly fallback?: string
  readonly required?: true
  /** A secret may also come from a file, named by `<name>_FILE`. */
  readonly secret?: true
  readonly readers: readonly ConfigurationReader[]
  /** One line for the reference. */
  readonly doc: string
}

const services = ['idp-registry', 'applications', 'token-service', 'gateway'] as const
const storing = ['idp-registry', 'applications', 'token-service'] as const

/** Lets every entry keep its literal types while it is checked. */
const catalogueOf = <const C extends Record<string, Variable>>(entries: C): C => entries

/**
 * Every environment variable of the product, once; `docs/configuration.md` is generated from here. The keys are the
 * names under which code reads the parsed value.
 */
export const catalogue = catalogueOf({
  tokenServicePort: {
    name: 'TOKEN_SERVICE_PORT',
    rule: portRule,
    fallback: '8400',
    readers: ['token-service', 'launcher'],
    doc: 'Port of the token service.',
  },
  idpRegistryPort: {
    name: 'IDP_REGISTRY_PORT',
    rule: portRule,
    fallback: '8401',
    readers: ['idp-registry', 'launcher'],
    doc: 'Port of the registry of identity providers.',
  },
  applicationsPort: {
    name: 'APPLICATIONS_PORT',
    rule: portRule,
    fallback: '8402',
    readers: ['applications', 'launcher'],
    doc: 'Port of the service of organizations, APIs and applications.',
  },
  gatewayPort: { name: 'GATEWAY_PORT', rule: portRule, fallback: '8480', readers: ['gateway', 'launcher'], doc: 'Port of the gateway.' },
  gatewayAuthzPort: {
    name: 'GATEWAY_AUTHZ_PORT',
    rule: portRule,
    fallback: '8481',
    readers: ['gateway', 'launcher'],
    doc: 'Port on which the gateway answers another proxy’s authorization requests; on loopback only.',
  },
  bindAddress: {
    name: 'CAMBIO_BIND_ADDRESS',
    rule: bindAddressRule,
    fallback: '127.0.0.1',
    readers: services,
    doc: 'Address to listen on. The default serves this machine only; images set 0.0.0.0.',
  },
  issuer: {
    name: 'CAMBIO_ISSUER',
    rule: issuerRule,
    fallback: 'http://localhost:8400',
    readers: [...services, 'launcher'],
    doc: 'The `iss` of issued tokens and the origin of the token endpoint as clients see it; the same for all services.',
  },
  dataDirectory: {
    name: 'CAMBIO_DATA_DIR',
    rule: z.string().regex(/^[^\0\r\n]{1,4096}$/, 'must be the path of a directory'),
    fallback: './.cambio',
    readers: [...services, 'launcher'],
    doc: 'Directory of everything that is written: embedded databases, replica files and, with the launcher, NATS and keys.',
  },
  natsUrl: {
    name: 'NATS_URL',
    rule: natsUrlRule,
    fallback: 'nats://127.0.0.1:8422',
    readers: [...services, 'launcher'],
    doc: 'NATS servers, separated by commas. When it is set, the launcher uses that server instead of starting one.',
  },
  natsPort: {
    name: 'NATS_PORT',
    rule: portRule,
    fallback: '8422',
    readers: ['launcher'],
    doc: 'Port of the NATS server that the launcher starts.',
  },
  natsUser: {
    name: 'NATS_USER',
    rule: textRule,
    readers: [...services, 'launcher'],
    doc: 'User at NATS. The server that the launcher starts has one for each service, which it sets itself.',
  },
  natsPassword: {
    name: 'NATS_PASSWORD',
    rule: secretTextRule,
    secret: true,
    readers: [...services, 'launcher'],
    doc: 'Password of that user. For its own server the launcher derives one for each service from it.',
  },
  natsReplicas: {
    name: 'CAMBIO_NATS_REPLICAS',
    rule: bucketReplicasRule,
    fallback: '1',
    readers: storing,
    doc: 'Copies of the configuration feed that a NATS cluster keeps: 1, 3 or 5, at most as many as it has servers. The same for all services; a change takes effect at their next start.',
  },
  mongodbUri: {
    name: 'MONGODB_URI',
    rule: mongoUriRule,
    secret: true,
    readers: storing,
    doc: 'MongoDB to store in, without a database name. Absent: embedded SQLite in the data directory.',
  },
  databasePrefix: {
    name: 'CAMBIO_DB_PREFIX',
    rule: z.string().regex(/^[a-z][a-z0-9-]{0,30}$/, 'must be a lower-case name of at most 31 letters, digits and hyphens'),
    fallback: 'cambio',
    readers: storing,
    doc: 'Each service uses the database `<prefix>-<service>` of that MongoDB.',
  },
  pepper: {
    name: 'CAMBIO_PEPPER',
    rule: keyRule(),
    required: true,
    secret: true,
    readers: ['applications', 'token-service', 'launcher'],
    doc: 'Key of the digests of client secrets; the same for both services, for the life of the data.',
  },
  keyEncryptionKey: {
    name: 'CAMBIO_KEY_ENCRYPTION_KEY',
    rule: keyRule({ exactly32: true }),
    required: true,
    secret: true,
    readers: ['token-service', 'launcher'],
    doc: 'Encrypts private signing keys at rest (AES-256-GCM).',
  },
  snapshotKey: {
    name: 'CAMBIO_SNAPSHOT_KEY',
    rule: keyRule(),
    required: true,
    secret: true,
    readers: [...services, 'launcher'],
    doc: 'Key of the integrity codes in replica files.',
  },
  adminClientSecret: {
    name: 'CAMBIO_ADMIN_CLIENT_SECRET',
    rule: z
      .string()
      .regex(/^[\x21-\x7e]{32,256}$/, 'must be 32 to 256 printable ASCII characters without spaces')
      .transform((text) => new Secret(text)),
    secret: true,
    readers: ['applications'],
    doc: 'Secret of the first platform administrator, `cambio-admin`. Absent: generated at the first start and kept in `admin.json`.',
  },
  fetchAllow: {
    name: 'CAMBIO_FETCH_ALLOW',
    rule: addressListRule,
    readers: ['idp-registry'],
    doc: 'Private hosts and ranges that may be fetched although they are not public; only there is http allowed.',
  },
  maxStalenessSeconds: {
    name: 'CAMBIO_MAX_STALENESS_SECONDS',
    rule: secondsRule(10, 2_592_000),
    readers: services,
    doc: 'Without NATS for longer than this, decisions are refused with 503. Absent: the last known state serves without limit.',
  },
  signingAlgorithm: {
    name: 'CAMBIO_SIGNING_ALGORITHM',
    rule: choiceRule('ES256', 'RS256', 'EdDSA'),
    fallback: 'ES256',
    readers: ['token-service'],
    doc: 'Algorithm of new signing keys: ES256, RS256 or EdDSA.',
  },
  overloadTargetMs: {
    name: 'CAMBIO_OVERLOAD_TARGET_MS',
    rule: millisecondsRule(1, 60_000),
    fallback: '50',
    readers: ['token-service'],
    doc: 'Under overload as many requests are computed at once as take this many milliseconds on average; others get 503 at once.',
  },
  logLevel: {
    name: 'CAMBIO_LOG_LEVEL',
    rule: choiceRule('error', 'warn', 'info', 'debug'),
    fallback: 'info',
    readers: services,
    doc: 'Least severe log lines that are written: error, warn, info or debug.',
  },
})

export type Catalogue = typeof catalogue

/** An unknown variable that begins with one of these is taken for a misspelt one and refused. */
export const OWN_PREFIXES = ['CAMBIO_', 'TOKEN_SERVICE_', 'IDP_REGISTRY_', 'APPLICATIONS_', 'GATEWAY_'] as const
