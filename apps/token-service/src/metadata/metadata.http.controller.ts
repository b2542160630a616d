import { createHash } from 'node:crypto'
import { Answers, Public } from '@cambio/service-kit'
import { Controller, Get, Req, Res } from '@nestjs/common'
import { type FastifyReply, type FastifyRequest } from 'fastify'
import { z } from 'zod'

import { SigningKeysProjection } from '../signing-keys/signing-keys.projection.js'
import { type ServerMetadata } from './server-metadata.js'

/** How long others may keep our keys; a new key is published at least as long before it signs. */
export const JWKS_MAX_AGE_SECONDS = 300

const jwksSchema = z.object({ keys: z.array(z.looseObject({ kty: z.string(), kid: z.string(), alg: z.string() })) }).meta({ id: 'Jwks' })

const metadataSchema = z
  .looseObject({ issuer: z.string(), token_endpoint: z.string(), jwks_uri: z.string() })
  .meta({ id: 'ServerMetadata' })

/** An injection token for the metadata document. */
export abstract class MetadataDocument {
  abstract readonly value: ServerMetadata
}

/** What others need to call us and to verify our tokens. */
@Controller()
export class MetadataHttpController {
  constructor(
    private readonly metadata: MetadataDocument,
    private readonly keys: SigningKeysProjection,
  ) {}

  @Get('/.well-known/oauth-authorization-server')
  @Public()
  @Answers({ summary: 'Authorization server metadata (RFC 8414)', answer: metadataSchema })
  authorizationServer(@Res({ passthrough: true }) reply: FastifyReply): ServerMetadata {
    return this.#cached(reply)
  }

  @Get('/.well-known/openid-configuration')
  @Public()
  @Answers({ summary: 'The same metadata at the address that OpenID clients look at', answer: metadataSchema })
  openidConfiguration(@Res({ passthrough: true }) reply: FastifyReply): ServerMetadata {
    return this.#cached(reply)
  }

  @Get('/oauth2/jwks')
  @Public()
  @Answers({ summary: 'Public keys that verify our access tokens (RFC 7517)', answer: jwksSchema })
  jwks(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    const body = JSON.stringify({ keys: this.keys.publicKeysAt(Date.now()) })
    const etag = `"${createHash('sha256').update(body).digest('base64url')}"`
    void reply.headers({ etag, 'cache-control': `public, max-age=${JWKS_MAX_AGE_SECONDS}`, 'content-type': 'application/json' })
    if (request.headers['if-none-match']?.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag)) void reply.status(304).send()
    else void reply.status(200).send(Buffer.from(body)) // to a text Fastify would add a charset, and JSON has none
  }

  #cached(reply: FastifyReply): ServerMetadata {
    void reply.header('cache-control', `public, max-age=${JWKS_MAX_AGE_SECONDS}`)
    return this.metadata.value
  }
}
