import { oauthErrorAnswer } from '@cambio/oauth'
import { Answers, AuthenticatesItself } from '@cambio/service-kit'
import { Controller, Post, Req, Res } from '@nestjs/common'
import { type FastifyReply, type FastifyRequest } from 'fastify'

import { HandleTokenRequest } from './handle-token-request.js'
import { oauthErrorSchema, tokenAnswerSchema, tokenFormSchema } from './token-endpoint.schemas.js'

const FORM = 'application/x-www-form-urlencoded'

const NO_STORE = { 'cache-control': 'no-store', 'content-type': 'application/json' } as const

/** `POST /oauth2/token`: hands the request to the pipeline as it came, and sends what the pipeline says. */
@Controller('/oauth2')
export class TokenHttpController {
  constructor(private readonly tokens: HandleTokenRequest) {}

  @Post('token')
  @AuthenticatesItself('oauthClient')
  @Answers({
    summary: 'Issue an access token',
    description: 'Token exchange (RFC 8693) and client credentials (RFC 6749). Parameters and errors: docs/protocol.md.',
    answer: tokenAnswerSchema,
    form: tokenFormSchema,
    ownErrors: {
      400: oauthErrorSchema,
      401: oauthErrorSchema,
      405: oauthErrorSchema,
      413: oauthErrorSchema,
      429: oauthErrorSchema,
      500: oauthErrorSchema,
      503: oauthErrorSchema,
    },
  })
  async token(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const result = await this.tokens.handle({
      requestId: request.id,
      query: queryOf(request.raw.url ?? ''),
      authorization: request.headers.authorization,
      body: isForm(request) ? bodyText(request.body) : undefined,
    })
    if (result.ok) {
      void reply.status(200).headers(NO_STORE).send(jsonBytes(result.answer))
      return
    }
    const { status, headers, body } = oauthErrorAnswer(result.failure)
    void reply.status(status).headers(headers).send(jsonBytes(body))
  }
}

/** As bytes, since Fastify adds a charset to texts, and JSON has none (RFC 8259 §11). */
function jsonBytes(body: object): Buffer {
  return Buffer.from(JSON.stringify(body))
}

/** Everything behind the first question mark; a later one belongs to the query. */
function queryOf(url: string): string {
  const start = url.indexOf('?')
  return start === -1 ? '' : url.slice(start + 1)
}

function isForm(request: FastifyRequest): boolean {
  return request.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase() === FORM
}

/** The form parser of the service delivers text; an empty body is an empty form. */
function bodyText(body: unknown): string | undefined {
  if (body === undefined || body === null) return ''
  return typeof body === 'string' ? body : undefined
}
