import { type IncomingHttpHeaders, type IncomingMessage, type OutgoingHttpHeaders, request as plainRequest } from 'node:http'
import { request as tlsRequest } from 'node:https'

export interface HttpRequestOptions {
  /** Default GET, or POST with a body. */
  readonly method?: string
  readonly headers?: OutgoingHttpHeaders
  /** Sent as it is. */
  readonly body?: string | Uint8Array
  /** Sent as `application/x-www-form-urlencoded`; pairs allow a name twice. */
  readonly form?: Readonly<Record<string, string>> | readonly (readonly [string, string])[]
  /** Sent as `application/json`. */
  readonly json?: unknown
  /** Client id and secret for Basic, form-encoded first as RFC 6749 §2.3.1 says. */
  readonly basic?: readonly [string, string]
  readonly bearer?: string
  /** PEM of the authority that an https server's certificate comes from. */
  readonly ca?: string
  /** Default 10,000. */
  readonly timeoutMs?: number
}

export interface HttpAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
  /** The parsed body. @throws SyntaxError when it is no JSON */
  json(): unknown
}

/** One request on a connection of its own. Redirects are answers, and so is every status. */
export async function httpRequest(url: string, options: HttpRequestOptions = {}): Promise<HttpAnswer> {
  const { contentType, body } = bodyOf(options)
  const headers: OutgoingHttpHeaders = {
    ...(contentType === undefined ? {} : { 'content-type': contentType }),
    ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }),
    ...authorizationOf(options),
    ...options.headers,
  }
  const send = url.startsWith('https:') ? tlsRequest : plainRequest
  const incoming = await new Promise<IncomingMessage>((resolve, reject) => {
    const request = send(
      url,
      {
        method: options.method ?? (body === undefined ? 'GET' : 'POST'),
        headers,
        agent: false,
        signal: AbortSignal.timeout(options.timeoutMs ?? 10_000),
        ...(options.ca === undefined ? {} : { ca: options.ca }),
      },
      resolve,
    )
    request.on('error', reject).end(body)
  })
  const chunks: Buffer[] = []
  for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk)
  const text = Buffer.concat(chunks).toString()
  return { status: incoming.statusCode ?? 0, headers: incoming.headers, text, json: () => JSON.parse(text) as unknown }
}

function bodyOf({ form, json, body }: HttpRequestOptions): { contentType?: string; body?: string | Uint8Array } {
  if (form !== undefined) {
    const pairs = isPairs(form) ? form.map(([name, value]): [string, string] => [name, value]) : form
    return { contentType: 'application/x-www-form-urlencoded', body: new URLSearchParams(pairs).toString() }
  }
  if (json !== undefined) return { contentType: 'application/json', body: JSON.stringify(json) }
  return body === undefined ? {} : { body }
}

function isPairs(form: NonNullable<HttpRequestOptions['form']>): form is readonly (readonly [string, string])[] {
  return Array.isArray(form)
}

function authorizationOf({ basic, bearer }: HttpRequestOptions): OutgoingHttpHeaders {
  if (bearer !== undefined) return { authorization: `Bearer ${bearer}` }
  if (basic === undefined) return {}
  const encoded = basic.map((part) => new URLSearchParams([['', part]]).toString().slice(1)).join(':')
  return { authorization: `Basic ${Buffer.from(encoded).toString('base64')}` }
}
