import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

import { Controller, Get, Header, Res } from '@nestjs/common'
import type { OpenAPIObject } from '@nestjs/swagger'
import { type FastifyReply } from 'fastify'

import { Public } from '../admin-guard/access.decorators.js'
import { described } from './described.decorator.js'

/** Makes the document when somebody first asks for it, since a start should not wait for it. */
export class ApiDocument {
  #build: (() => Promise<OpenAPIObject>) | undefined
  #document: Promise<OpenAPIObject> | undefined

  /** @param build called once, when the service has all its routes */
  from(build: () => Promise<OpenAPIObject>): void {
    this.#build = build
    this.#document = undefined
  }

  /** @throws TypeError when the service is not initialized, or its routes cannot be described */
  async current(): Promise<OpenAPIObject> {
    if (this.#build === undefined) throw new TypeError('the API can be described when the service has all its routes')
    return (this.#document ??= this.#build())
  }
}

const page = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>API</title>
<link rel="stylesheet" href="/docs/swagger-ui.css"></head>
<body><div id="swagger-ui"></div><script src="/docs/swagger-ui-bundle.js"></script><script src="/docs/init.js"></script></body>
</html>
`

const init = `SwaggerUIBundle({ url: '/openapi.json', dom_id: '#swagger-ui', deepLinking: true, validatorUrl: null })
`

/** Scripts and styles come from this server alone, so that the page works without the Internet; Swagger UI sets inline styles. */
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'"

const assets = (): string => dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'))

/** The API's description for programs and as a page for people. */
@Controller()
@Public()
@described(({ ApiExcludeController }) => ApiExcludeController())
export class DocsController {
  constructor(private readonly document: ApiDocument) {}

  @Get('/openapi.json')
  async openapi(): Promise<OpenAPIObject> {
    return this.document.current()
  }

  @Get('/docs')
  @Header('content-type', 'text/html; charset=utf-8')
  @Header('content-security-policy', policy)
  page(): string {
    return page
  }

  @Get('/docs/init.js')
  @Header('content-type', 'text/javascript; charset=utf-8')
  init(): string {
    return init
  }

  @Get('/docs/swagger-ui-bundle.js')
  async script(@Res({ passthrough: true }) reply: FastifyReply): Promise<Buffer> {
    return asset(reply, 'swagger-ui-bundle.js', 'text/javascript; charset=utf-8')
  }

  @Get('/docs/swagger-ui.css')
  async style(@Res({ passthrough: true }) reply: FastifyReply): Promise<Buffer> {
    return asset(reply, 'swagger-ui.css', 'text/css; charset=utf-8')
  }
}

async function asset(reply: FastifyReply, name: string, mediaType: string): Promise<Buffer> {
  void reply.header('content-type', mediaType).header('cache-control', 'public, max-age=3600')
  return readFile(join(assets(), name))
}
