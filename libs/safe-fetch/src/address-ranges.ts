import ipaddr from 'ipaddr.js'

export type IpAddress = ipaddr.IPv4 | ipaddr.IPv6

/** Azure's virtual host address: publicly routable by number, yet answered inside every Azure network. */
const azureHost = '168.63.129.16'

/** The only block of IPv6 that is assigned for global unicast (RFC 4291 §2.4, IANA). ipaddr.js calls everything that it does not know "unicast". */
const globalUnicastV6 = ipaddr.IPv6.parseCIDR('2000::/3')

/** Interface identifiers of ISATAP carry an IPv4 address behind these 32 bits, under any prefix (RFC 5214 §6.1). */
const isatapMarkers: readonly number[] = [0x0000, 0x0200]

/**
 * Reads an address in its usual spelling only: four decimal parts, or IPv6. Shortened, octal and hexadecimal IPv4 are not addresses here.
 * A zone (`%eth0`) is refused: it names an interface of this machine.
 */
export function readIpAddress(text: string): IpAddress | undefined {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return ipaddr.IPv4.parse(text)
  if (!text.includes('%') && ipaddr.IPv6.isValid(text)) return ipaddr.IPv6.parse(text)
  return undefined
}

/**
 * Whether an address is one of the public internet. Everything else is refused: private, loopback, link-local, shared, reserved, documentation,
 * multicast, and every IPv6 form that wraps an IPv4 address (mapped, compatible, NAT64, 6to4, Teredo, ISATAP), as the wrapped one decides
 * where the packets go. Source: docs/protocol.md, "Fetching an address that somebody typed".
 */
export function isGlobalUnicast(address: IpAddress): boolean {
  if (address.range() !== 'unicast') return false
  if (address instanceof ipaddr.IPv4) return address.toString() !== azureHost
  return address.match(globalUnicastV6) && !isIsatap(address)
}

function isIsatap({ parts }: ipaddr.IPv6): boolean {
  return parts[5] === 0x5efe && isatapMarkers.includes(parts[4] ?? -1)
}
