import { type IpAddress, isGlobalUnicast, readIpAddress } from './address-ranges.js'
import { type FetchAllowList } from './fetch-allow.js'
import { type FetchRefusal, fetchFailure } from './fetch-failure.js'
import { isHostName, isInternalName } from './host-name.js'
import { failed, type Result, success } from './result.js'
import { isDiscoveryPath, readTypedUrl } from './typed-url.js'

export interface AddressPolicyOptions {
  /** What the operator opened beyond the public internet. */
  readonly allow: FetchAllowList
  /** Ports of public hosts; default `[443]`. An entry of `allow` has its own. */
  readonly ports?: readonly number[]
}

/**
 * Decides which typed addresses this server may connect to. Pure: it neither resolves nor connects. Two questions, both to be asked:
 * `checkUrl` of the text, then `checkAddress` of every address that the name resolves to and of the one that was connected to.
 * Source: docs/protocol.md, "Fetching an address that somebody typed".
 */
export class AddressPolicy {
  readonly #allow: FetchAllowList
  readonly #ports: readonly number[]

  constructor({ allow, ports = [443] }: AddressPolicyOptions) {
    this.#allow = allow
    this.#ports = ports
  }

  /**
   * Checks what the text alone shows: syntax first (`invalid_url`), then scheme, host and port (`target_not_allowed`).
   * http, an address instead of a name, a single label, an internal suffix and other ports need an entry of the operator's list.
   */
  checkUrl(text: string): Result<URL, FetchRefusal> {
    const read = readTypedUrl(text)
    return read.ok ? this.#checkTarget(read.value) : read
  }

  /** As `checkUrl`, and the path must be one under which discovery documents are published (else `invalid_url`). */
  checkDiscoveryUrl(text: string): Result<URL, FetchRefusal> {
    const read = readTypedUrl(text)
    if (!read.ok) return read
    return isDiscoveryPath(read.value) ? this.#checkTarget(read.value) : failed(fetchFailure('invalid_url', 'not a well-known path'))
  }

  /**
   * Checks one address behind a URL that `checkUrl` has passed.
   *
   * @param address an answer of DNS, the literal of the URL, or the peer of the connection
   */
  checkAddress(address: string, url: URL): Result<IpAddress, FetchRefusal> {
    const ip = readIpAddress(address)
    if (ip === undefined) return refused('not an IP address')
    const port = portOf(url)
    const isOpened = this.#allow.opensHost(hostOf(url), port) || this.#allow.opensAddress(ip, port)
    return isOpened || isGlobalUnicast(ip) ? success(ip) : refused(`address ${ip.toString()} is not public`)
  }

  #checkTarget(url: URL): Result<URL, FetchRefusal> {
    const host = hostOf(url)
    const port = portOf(url)
    const literal = readIpAddress(host)
    if (literal === undefined && !isHostName(host)) return refused('not a host name')
    const isOpened = literal === undefined ? this.#allow.opensHost(host, port) : this.#allow.opensAddress(literal, port)
    if (isOpened) return success(url)
    if (literal !== undefined) return refused('an address instead of a name')
    if (url.protocol !== 'https:') return refused('not https')
    if (isInternalName(host)) return refused('a name of a private network')
    return this.#ports.includes(port) ? success(url) : refused(`port ${port}`)
  }
}

export function createAddressPolicy(options: AddressPolicyOptions): AddressPolicy {
  return new AddressPolicy(options)
}

/** Host of a URL as a name or a bare address, without the brackets of IPv6. */
export function hostOf(url: URL): string {
  return url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname
}

/** Port of a URL, the scheme's own if none is written. */
export function portOf(url: URL): number {
  if (url.port !== '') return Number(url.port)
  return url.protocol === 'https:' ? 443 : 80
}

function refused(privateDetail: string): Result<never, FetchRefusal> {
  return failed(fetchFailure('target_not_allowed', privateDetail))
}
