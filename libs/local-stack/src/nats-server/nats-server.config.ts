import { writeFile } from 'node:fs/promises'

/** The largest feed value that an owner may publish, and the server's own default since ever: 1 MiB. */
export const NATS_MAX_PAYLOAD_BYTES = 1_048_576

/** How long a process may take to log in. The server's own 2 s are too short for several processes that start on a busy machine. */
const LOGIN_SECONDS = 30

export interface NatsServerConfig {
  /** 1–65535, or -1 for one that the server chooses and names in its log. */
  readonly port: number
  /** An absolute folder for JetStream; what is in it survives a restart. */
  readonly storeDir: string
  /** The address to listen at. Default `127.0.0.1`: a server for one machine. */
  readonly host?: string
  /** Bytes of one message. Default `NATS_MAX_PAYLOAD_BYTES`. */
  readonly maxPayloadBytes?: number
  /** Bytes that JetStream may take on disk. Default 1 GiB. */
  readonly maxStoreBytes?: number
  /** The only user that may connect, to whom all is permitted. Default: whoever reaches the address may. */
  readonly user?: NatsUser
  /** The only users that may connect, instead of `user`. */
  readonly users?: readonly NatsUser[]
}

export interface NatsUser {
  readonly name: string
  readonly password: string
  /** What is permitted; all else is denied. Default: everything. */
  readonly permissions?: { readonly publish: readonly string[]; readonly subscribe: readonly string[] }
}

/**
 * The configuration file of a single nats-server with JetStream, in words that 2.9 knows as well as the newest does.
 *
 * @throws TypeError for a port, a store folder or a text that cannot be meant
 */
export function natsServerConfig(config: NatsServerConfig): string {
  const { port, storeDir, host = '127.0.0.1', user } = config
  const users = config.users ?? (user === undefined ? [] : [user])
  if (!Number.isInteger(port) || port < -1 || port === 0 || port > 65_535) throw new TypeError('the port must be 1–65535, or -1')
  if (!storeDir.startsWith('/')) throw new TypeError('the store folder must be an absolute path')
  const lines = [
    `host: ${quoted(host)}`,
    `port: ${port}`,
    `max_payload: ${config.maxPayloadBytes ?? NATS_MAX_PAYLOAD_BYTES}`,
    // Half a gigabyte suffices for what is in memory: buckets are on disk.
    `jetstream { store_dir: ${quoted(storeDir)}, max_memory_store: ${512 * 1024 * 1024}, max_file_store: ${config.maxStoreBytes ?? 1024 ** 3} }`,
  ]
  if (users.length > 0) lines.push(`authorization { timeout: ${LOGIN_SECONDS}, users: [`, ...users.map(userLine), '] }')
  return `${lines.join('\n')}\n`
}

function userLine({ name, password, permissions }: NatsUser): string {
  const account = `user: ${quoted(name)}, password: ${quoted(password)}`
  if (permissions === undefined) return `  { ${account} }`
  const allow = (subjects: readonly string[]): string => `{ allow: [${subjects.map(quoted).join(', ')}] }`
  return `  { ${account}, permissions: { publish: ${allow(permissions.publish)}, subscribe: ${allow(permissions.subscribe)} } }`
}

/** The arguments that start a server from a configuration file. A password so never shows in the list of processes. */
export function natsServerArguments(configFile: string): string[] {
  return ['--config', configFile]
}

/** Writes the configuration for this user alone (mode 0600) and gives the arguments that start a server from it. */
export async function writeNatsServerConfig(configFile: string, config: NatsServerConfig): Promise<string[]> {
  await writeFile(configFile, natsServerConfig(config), { mode: 0o600 })
  return natsServerArguments(configFile)
}

/** The configuration language knows these two escapes; quoted, a `$` does not name a variable. */
function quoted(text: string): string {
  if (/\p{Cc}/u.test(text)) throw new TypeError('a value of the configuration of nats-server must not have control characters')
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}
