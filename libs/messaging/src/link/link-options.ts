import { readFileSync } from 'node:fs'

import { credsAuthenticator, type NodeConnectionOptions } from '@nats-io/transport-node'

import { type MessagingLog } from '../message-log.js'

/** How this process proves itself to NATS; a file is read again at each connection, so that it may be rotated. */
export type NatsCredentials = { readonly user: string; readonly pass: string } | { readonly token: string } | { readonly credsFile: string }

export interface NatsLinkOptions {
  /** `nats://host:port` or `tls://…`, one or the nodes of a cluster. Credentials inside an address are used and never logged. */
  readonly servers: string | readonly string[]
  /** The connection's name in the server's own listings: the service. */
  readonly name: string
  readonly log: MessagingLog
  /** Where answers for this process arrive, which NATS may permit to nobody else. Default: the package's `_INBOX`. */
  readonly inboxPrefix?: string | undefined
  readonly credentials?: NatsCredentials | undefined
  /** PEM files; their presence demands TLS. */
  readonly tls?: { readonly caFile?: string; readonly certFile?: string; readonly keyFile?: string } | undefined
  /** Pause before each new attempt to connect, to which up to half of it again is added at random. Default 500. */
  readonly reconnectWaitMs?: number | undefined
  /** A connection is given up when three of these pass without an answer. Default 3,000. */
  readonly pingIntervalMs?: number | undefined
}

/** How long one attempt to connect may take; a frozen server accepts the connection and then says nothing. */
const CONNECT_TIMEOUT_MS = 5_000

/** With these two a frozen server is noticed after about 8.5 s; the package's own defaults need minutes. */
const PING_INTERVAL_MS = 3_000
const MAX_PINGS_OUT = 2

/**
 * The options of every NATS connection of every service (docs/architecture.md, Messages): it waits for a server that is
 * away, and reconnects for ever.
 *
 * @throws TypeError when an address or a credentials file cannot be read; the message names no credential
 */
export function connectionOptions(options: NatsLinkOptions): NodeConnectionOptions {
  const addresses = (typeof options.servers === 'string' ? [options.servers] : options.servers).map(parseAddress)
  const waitMs = options.reconnectWaitMs ?? 500
  const tls = options.tls ?? (addresses.some(({ secure }) => secure) ? {} : undefined)
  return {
    servers: addresses.map(({ server }) => server),
    name: options.name,
    timeout: CONNECT_TIMEOUT_MS,
    waitOnFirstConnect: true,
    maxReconnectAttempts: -1,
    reconnectTimeWait: waitMs,
    reconnectJitter: waitMs / 2,
    reconnectJitterTLS: waitMs / 2,
    pingInterval: options.pingIntervalMs ?? PING_INTERVAL_MS,
    maxPingOut: MAX_PINGS_OUT,
    noAsyncTraces: true,
    ...(options.inboxPrefix === undefined ? {} : { inboxPrefix: options.inboxPrefix }),
    ...authentication(options.credentials ?? addresses.find(({ credentials }) => credentials !== undefined)?.credentials),
    ...(tls === undefined ? {} : { tls }),
  }
}

interface Address {
  readonly server: string
  readonly secure: boolean
  readonly credentials: NatsCredentials | undefined
}

function parseAddress(text: string): Address {
  const url = URL.parse(text.includes('://') ? text : `nats://${text}`)
  if (url === null || !['nats:', 'tls:'].includes(url.protocol) || url.hostname === '') {
    throw new TypeError('a NATS address must look like nats://host:port or tls://host:port')
  }
  return {
    server: `${url.hostname}:${url.port === '' ? '4222' : url.port}`,
    secure: url.protocol === 'tls:',
    credentials: credentialsIn(url),
  }
}

/** As all NATS clients read an address: a user without a password is a token. */
function credentialsIn(url: URL): NatsCredentials | undefined {
  const user = decodeURIComponent(url.username)
  const pass = decodeURIComponent(url.password)
  if (user === '') return undefined
  return pass === '' ? { token: user } : { user, pass }
}

function authentication(credentials: NatsCredentials | undefined): NodeConnectionOptions {
  if (credentials === undefined) return {}
  if (!('credsFile' in credentials)) return { ...credentials }
  const { credsFile } = credentials
  try {
    readFileSync(credsFile)
  } catch {
    throw new TypeError(`the NATS credentials file ${credsFile} cannot be read`)
  }
  return { authenticator: (nonce) => credsAuthenticator(readFileSync(credsFile))(nonce) }
}
