import ipaddr from 'ipaddr.js'
import { type IpAddress, readIpAddress } from './address-ranges.js'
import { isHostName } from './host-name.js'
import { failed, type Result, success } from './result.js'

type Network = [ipaddr.IPv4, number] | [ipaddr.IPv6, number]

interface OpenedHost {
  readonly host: string
  readonly port: number | undefined
}

interface OpenedNetwork {
  readonly network: Network
  readonly port: number | undefined
}

/** What the operator opened beyond the public internet (`CAMBIO_FETCH_ALLOW`): http is allowed there, and private addresses are. */
export class FetchAllowList {
  constructor(
    private readonly hosts: readonly OpenedHost[],
    private readonly networks: readonly OpenedNetwork[],
  ) {}

  /** Whether a host name was listed. A listed name opens whatever it resolves to. */
  opensHost(host: string, port: number): boolean {
    return this.hosts.some((entry) => entry.host === host && opensPort(entry.port, port))
  }

  /** Whether an address lies in a listed network. An IPv4 entry does not open the IPv6 spellings of its addresses. */
  opensAddress(address: IpAddress, port: number): boolean {
    return this.networks.some(
      (entry) => opensPort(entry.port, port) && address.kind() === entry.network[0].kind() && address.match(entry.network),
    )
  }
}

function opensPort(opened: number | undefined, port: number): boolean {
  return opened === undefined || opened === port
}

/**
 * Parses the operator's list: entries separated by commas, spaces around them ignored, an empty text opens nothing.
 *
 * An entry is a host name (`idp.corp.internal`, `localhost`), an IPv4 address or network (`127.0.0.1`, `10.1.0.0/16`), or an IPv6 one
 * (`::1`, `fd00::/8`), each with an optional port; IPv6 with a port stands in brackets (`[::1]:8443`, `[fd00::/8]:8443`). Without a port an entry
 * opens every port. Refused: patterns, URLs, prefix length 0, and a network with bits set beyond its prefix, which is mostly a slip.
 *
 * @returns the list, or a `detail` that names the entry by its position and says what is wrong with it; never the value itself
 */
export function parseFetchAllow(text: string): Result<FetchAllowList, { readonly detail: string }> {
  const hosts: OpenedHost[] = []
  const networks: OpenedNetwork[] = []
  const entries = text.trim() === '' ? [] : text.split(',')
  for (const [index, raw] of entries.entries()) {
    const parts = splitPort(raw.trim().toLowerCase())
    if (typeof parts === 'string') return failed({ detail: `entry ${index + 1}: ${parts}` })
    const network = readNetwork(parts.target)
    if (typeof network === 'string') return failed({ detail: `entry ${index + 1}: ${network}` })
    if (network !== undefined) networks.push({ network, port: parts.port })
    else if (isHostName(parts.target)) hosts.push({ host: parts.target, port: parts.port })
    else return failed({ detail: `entry ${index + 1}: neither a host name nor an address nor a network in CIDR form` })
  }
  return success(new FetchAllowList(hosts, networks))
}

function splitPort(entry: string): { target: string; port: number | undefined } | string {
  if (entry.includes('://')) return 'a URL; only its host and port are wanted'
  // Bare IPv6 is full of colons, so a port is only looked for behind a bracket or the single colon of other entries.
  const match = /^\[([^\]]*)\](?::(.*))?$/.exec(entry) ?? /^([^:]*)(?::([^:]*))?$/.exec(entry) ?? [entry, entry]
  const [, target = '', portText] = match
  if (entry.startsWith('[') && !target.includes(':')) return 'brackets are for IPv6'
  if (portText === undefined) return { target, port: undefined }
  const port = /^\d{1,5}$/.test(portText) ? Number(portText) : 0
  return port >= 1 && port <= 65535 ? { target, port } : 'the port is not a number from 1 to 65535'
}

function readNetwork(target: string): Network | string | undefined {
  const [base = '', prefixText, ...rest] = target.split('/')
  const address = readIpAddress(base)
  if (address === undefined) return prefixText === undefined ? undefined : 'not an address before the prefix length'
  const widest = address.kind() === 'ipv4' ? 32 : 128
  const prefix = prefixText === undefined ? widest : /^\d{1,3}$/.test(prefixText) ? Number(prefixText) : -1
  if (rest.length > 0 || prefix < 1 || prefix > widest) return `the prefix length is not a number from 1 to ${widest}`
  const network: Network = address instanceof ipaddr.IPv4 ? [address, prefix] : [address, prefix]
  return isNetworkAddress(network) ? network : 'the address has bits set beyond the prefix length'
}

function isNetworkAddress([address, prefix]: Network): boolean {
  return address.toByteArray().every((byte, index) => {
    const hostBits = Math.min(8, Math.max(0, (index + 1) * 8 - prefix))
    return (byte & (2 ** hostBits - 1)) === 0
  })
}
