import { type INestApplication } from '@nestjs/common'
import type { DocumentBuilder, OpenAPIObject } from '@nestjs/swagger'

import { ADMIN_SECURITY } from '../admin-guard/access.decorators.js'
import { problemSchema } from '../problems/problem.js'
import { completeOperation, type Operation } from './complete-operation.js'
import { applyDescriptions } from './described.decorator.js'
import { type JsonSchema, toJsonSchema } from './json-schema.js'

type Schemas = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>

type SecurityScheme = Parameters<DocumentBuilder['addSecurity']>[1]

export interface ApiDescription {
  readonly title: string
  readonly version: string
  /** Markdown. */
  readonly description?: string
  /** Schemes beside the administrators' token, by the name that `AuthenticatesItself` uses. */
  readonly securitySchemes?: Readonly<Record<string, SecurityScheme>>
}

/** The OpenAPI 3.1 document of all routes of a service that is initialized. */
export async function buildOpenApiDocument(app: INestApplication, api: ApiDescription): Promise<OpenAPIObject> {
  const swagger = await import('@nestjs/swagger')
  applyDescriptions(swagger)
  const builder = new swagger.DocumentBuilder()
    .setTitle(api.title)
    .setVersion(api.version)
    .setDescription(api.description ?? '')
    .setOpenAPIVersion('3.1.0')
    .addSecurity(ADMIN_SECURITY, {
      type: 'http',
      scheme: 'bearer',
      bearerFormat: 'JWT',
      description: 'An access token of Cambio’s token endpoint for the audience `urn:cambio:admin`.',
    })
  for (const [name, scheme] of Object.entries(api.securitySchemes ?? {})) builder.addSecurity(name, scheme)
  const document = swagger.SwaggerModule.createDocument(app, builder.build(), {
    operationIdFactory: (controller, method) => `${controller.replace(/(?:Http)?Controller$/, '')}_${method}`,
    standardSchemaConverter: (schema, { schemaType }) => {
      const converted = toJsonSchema(schema, schemaType)
      return converted === undefined ? undefined : { schema: { ...converted.schema }, components: { ...converted.components } }
    },
  })
  const named: Record<string, JsonSchema> = { ...toJsonSchema(problemSchema, 'output')?.components }
  for (const [path, item] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(item as Record<string, Operation>)) {
      Object.assign(named, completeOperation(method, path, operation))
    }
  }
  document.components = { ...document.components, schemas: { ...document.components?.schemas, ...(named as Schemas) } }
  document.servers = [{ url: '/' }]
  return document
}
