import { X509Certificate } from 'node:crypto'
import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls'
import { type AddressPolicy } from './address-policy.js'
import { openConnection } from './connection.js'
import { Deadline } from './deadline.js'
import { type FetchFailure, fetchFailure } from './fetch-failure.js'
import { resolveBySystem, resolveChecked, type ResolveHost } from './host-resolver.js'
import { type AnswerHeaders, type HttpAnswer, requestOver } from './http-answer.js'
import { type JsonDocument, parseJsonDocument } from './json-document.js'
import { failed, type Result, success } from './result.js'

export interface SafeFetcherOptions {
  readonly policy: AddressPolicy
  /** Resolves host names; default: the system's resolver. */
  readonly resolveHost?: ResolveHost
  /** Certificates (PEM) of private authorities, trusted beside the public ones. From the operator's configuration only. */
  readonly ca?: string
  readonly timeouts?: {
    /** TCP and TLS together; default 2000. */
    readonly connectMs?: number
    /** Everything from name resolution to the last byte; default 5000. */
    readonly totalMs?: number
  }
  /** Default `cambio`. */
  readonly userAgent?: string
}

export interface GetJsonOptions {
  /** Cap of the body: 128 KiB for discovery, 256 KiB for key sets (docs/protocol.md). */
  readonly maxBytes: number
  /** Media types that are asked for; default `application/json`. What comes is judged by its content. */
  readonly accept?: string
  readonly signal?: AbortSignal
}

export interface FetchedDocument {
  readonly document: JsonDocument
  /** The body as it arrived, for a reader with rules of its own. */
  readonly body: Uint8Array
  readonly headers: AnswerHeaders
}

/** Fetches documents from typed addresses; the class is the injection token. */
export abstract class SafeFetcher {
  /**
   * Makes at most one request, to a checked address, and follows nothing. Never rejects for what the address or its host does.
   * Callers that read a discovery address check it with `AddressPolicy.checkDiscoveryUrl` first; every other rule is checked here again.
   */
  abstract getJson(url: string, options: GetJsonOptions): Promise<Result<FetchedDocument, FetchFailure>>
}

/**
 * Builds a fetcher over sockets of Node, by the rules of docs/protocol.md, "Fetching an address that somebody typed".
 *
 * @throws TypeError if `ca` holds no usable certificate
 */
export function createSafeFetcher(options: SafeFetcherOptions): SafeFetcher {
  return new SocketSafeFetcher(options)
}

class SocketSafeFetcher extends SafeFetcher {
  readonly #policy: AddressPolicy
  readonly #resolveHost: ResolveHost
  readonly #secureContext: SecureContext
  readonly #connectMs: number
  readonly #totalMs: number
  readonly #userAgent: string

  constructor({ policy, resolveHost = resolveBySystem, ca, timeouts = {}, userAgent = 'cambio' }: SafeFetcherOptions) {
    super()
    this.#policy = policy
    this.#resolveHost = resolveHost
    this.#secureContext = trust(ca)
    this.#connectMs = timeouts.connectMs ?? 2000
    this.#totalMs = timeouts.totalMs ?? 5000
    this.#userAgent = userAgent
  }

  async getJson(url: string, options: GetJsonOptions): Promise<Result<FetchedDocument, FetchFailure>> {
    const isAborted = (): boolean => options.signal?.aborted === true
    if (isAborted()) return failed(fetchFailure('aborted', 'before it began'))
    const deadline = new Deadline(this.#totalMs, options.signal)
    try {
      const answer = await this.#get(url, options, deadline.signal)
      if (!answer.ok) return isAborted() ? failed(fetchFailure('aborted', answer.failure.privateDetail)) : answer
      const document = parseJsonDocument(answer.value.body)
      return document.ok ? success({ document: document.value, ...answer.value }) : document
    } finally {
      deadline.end()
    }
  }

  async #get(
    text: string,
    { maxBytes, accept = 'application/json' }: GetJsonOptions,
    stop: AbortSignal,
  ): Promise<Result<HttpAnswer, FetchFailure>> {
    const url = this.#policy.checkUrl(text)
    if (!url.ok) return url
    const addresses = await resolveChecked(url.value, { policy: this.#policy, resolveHost: this.#resolveHost, stop })
    if (!addresses.ok) return addresses
    const connection = await openConnection(url.value, addresses.value, {
      policy: this.#policy,
      secureContext: this.#secureContext,
      connectMs: this.#connectMs,
      stop,
    })
    if (!connection.ok) return connection
    return requestOver(connection.value, url.value, { headers: { accept, 'user-agent': this.#userAgent }, maxBytes, stop })
  }
}

function trust(ca: string | undefined): SecureContext {
  try {
    // Naming authorities replaces the default ones, so these are named as well.
    return createSecureContext({
      minVersion: 'TLSv1.2',
      ...(ca === undefined ? {} : { ca: [...getCACertificates('default'), ...certificatesOf(ca)] }),
    })
  } catch (cause) {
    throw new TypeError('ca holds no usable PEM certificate', { cause })
  }
}

/** Parsed one by one, as OpenSSL passes over what it cannot read without a word. */
function certificatesOf(pem: string): string[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? []
  if (blocks.length === 0) throw new TypeError('no certificate')
  return blocks.map((block) => new X509Certificate(block).toString())
}
