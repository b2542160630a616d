import { connect, isIP, type Socket } from 'node:net'
import { connect as connectTls, type SecureContext } from 'node:tls'
import { type AddressPolicy, hostOf, portOf } from './address-policy.js'
import { readIpAddress } from './address-ranges.js'
import { Deadline, whenStopped } from './deadline.js'
import { errorCodeOf } from './error-code.js'
import { type FetchFailure, fetchFailure } from './fetch-failure.js'
import { failed, type Result, success } from './result.js'

export interface ConnectionOptions {
  readonly policy: AddressPolicy
  /** Trusted authorities and least TLS version. */
  readonly secureContext: SecureContext
  /** Time for TCP and TLS together, in milliseconds. */
  readonly connectMs: number
  readonly stop: AbortSignal
}

/** With several addresses, how long one may keep the next from being tried, in milliseconds. */
const nextAddressMs = 400

/** Stands beside the error codes of Node. */
const outOfTime = 'not in time'

/** Errors of the network during the handshake; everything else that ends a handshake is about TLS. */
const networkErrors: readonly string[] = [outOfTime, 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'ECONNABORTED']

/**
 * Opens the one connection of a request to one of the checked addresses, without any agent or pool, so that no proxy setting, kept connection or second
 * look-up comes between. Certificate and SNI are those of the name in the URL. The socket is ready for the request; the caller destroys it.
 *
 * @param addresses what `resolveChecked` gave: the only ones that are tried, in turn
 */
export async function openConnection(
  url: URL,
  addresses: readonly string[],
  options: ConnectionOptions,
): Promise<Result<Socket, FetchFailure>> {
  const deadline = new Deadline(options.connectMs, options.stop)
  try {
    const tcp = connectPinned(url, addresses)
    const tcpError = await established(tcp, 'connect', deadline.signal)
    if (tcpError !== undefined) return failed(fetchFailure('unreachable', `no connection: ${tcpError}`))
    const peer = tcp.remoteAddress
    if (!isCheckedPeer(peer, addresses) || !options.policy.checkAddress(peer, url).ok) {
      tcp.destroy()
      return failed(fetchFailure('target_not_allowed', 'connected to another address than the checked ones'))
    }
    return url.protocol === 'https:' ? await secure(tcp, url, options.secureContext, deadline.signal) : success(tcp)
  } finally {
    deadline.end()
  }
}

function connectPinned(url: URL, addresses: readonly string[]): Socket {
  return connect({
    host: hostOf(url),
    port: portOf(url),
    // Not called for a literal address, which then is the checked one itself.
    lookup: (_host, _options, answer) => {
      answer(
        null,
        addresses.map((address) => ({ address, family: isIP(address) })),
      )
    },
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: nextAddressMs,
    noDelay: true,
  })
}

/** Whether the peer of a connection is one of the addresses that were checked, whatever their spelling. */
export function isCheckedPeer(peer: string | undefined, addresses: readonly string[]): peer is string {
  const connected = peer === undefined ? undefined : readIpAddress(peer)?.toString()
  return connected !== undefined && addresses.some((address) => readIpAddress(address)?.toString() === connected)
}

async function secure(tcp: Socket, url: URL, secureContext: SecureContext, stop: AbortSignal): Promise<Result<Socket, FetchFailure>> {
  const host = hostOf(url)
  const tls = connectTls({
    socket: tcp,
    host, // the certificate must be for this
    servername: isIP(host) === 0 ? host : '', // RFC 6066 §3: no literal addresses
    secureContext,
    rejectUnauthorized: true, // said aloud: it overrides NODE_TLS_REJECT_UNAUTHORIZED=0
    ALPNProtocols: ['http/1.1'],
  })
  const error = await established(tls, 'secureConnect', stop)
  if (error === undefined) return success(tls)
  return failed(fetchFailure(networkErrors.includes(error) ? 'unreachable' : 'tls_error', `no TLS: ${error}`))
}

/** Waits for a socket to be ready; answers why it is not, having destroyed it. */
function established(socket: Socket, ready: 'connect' | 'secureConnect', stop: AbortSignal): Promise<string | undefined> {
  return new Promise((resolve) => {
    const settle = (fault: string | undefined): void => {
      release()
      socket.off(ready, onReady).off('close', onClose)
      // The error listener stays: an error after this moment must not end the process.
      if (fault !== undefined) socket.destroy()
      resolve(fault)
    }
    const onReady = (): void => {
      settle(undefined)
    }
    const onClose = (): void => {
      settle('ECONNRESET')
    }
    socket.on('error', (error) => {
      settle(errorCodeOf(error))
    })
    socket.once(ready, onReady).once('close', onClose)
    const release = whenStopped(stop, () => {
      settle(outOfTime)
    })
  })
}
