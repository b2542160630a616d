import { Validator } from '@seriousme/openapi-schema-validator'
import { type INestApplication } from '@nestjs/common'
import { DiscoveryService } from '@nestjs/core'

import { type DeclaredRoute, declaredRoutes } from '../boot/route-checks.js'
import { ApiDocument } from './docs.controller.js'

interface DescribedOperation {
  readonly security?: readonly object[]
  readonly responses?: Readonly<Record<string, { readonly content?: Readonly<Record<string, { readonly schema?: object }>> }>>
}

/**
 * What is wrong with a service's API description, for its tests: it must be valid OpenAPI 3.1, have every route and no other, and
 * each operation must say its security and its failures.
 *
 * @param app the running service
 * @returns one sentence for each problem; a test expects an empty list
 */
export async function openApiProblems(app: INestApplication): Promise<string[]> {
  const document = structuredClone(await app.get(ApiDocument, { strict: false }).current())
  const described = new Map<string, DescribedOperation>()
  for (const [path, item] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(item))
      described.set(`${method.toUpperCase()} ${path}`, operation as DescribedOperation)
  }
  const routes = declaredRoutes(app.get(DiscoveryService)).filter(({ isDescribed }) => isDescribed)
  const names = new Set(routes.map(nameOf))
  return [
    ...(document.openapi.startsWith('3.1.') ? [] : [`the document is OpenAPI ${document.openapi}`]),
    ...(await invalidParts(document)),
    ...routes.filter((route) => !described.has(nameOf(route))).map((route) => `${nameOf(route)} is not described`),
    ...[...described.keys()].filter((name) => !names.has(name)).map((name) => `${name} is described and does not exist`),
    ...routes.flatMap((route) => operationProblems(route, described.get(nameOf(route)))),
  ]
}

const nameOf = ({ method, path }: DeclaredRoute): string => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`

async function invalidParts(document: object): Promise<string[]> {
  const result = await new Validator().validate(structuredClone(document) as Record<string, unknown>)
  if (result.valid) return []
  return [`the document is not valid: ${JSON.stringify(result.errors)}`]
}

function operationProblems(route: DeclaredRoute, operation: DescribedOperation | undefined): string[] {
  if (operation === undefined) return []
  const statuses = Object.keys(operation.responses ?? {})
  const needed = [
    ...(route.access?.kind === 'scope' ? ['401', '403', '429', '503'] : []),
    ...(route.access?.kind === 'scope' && route.path.includes(':') ? ['404'] : []),
    ...(route.access?.kind === 'scope' && route.parameters.some(({ kind }) => kind === '@Body') ? ['400', '413', '415', '422'] : []),
    ...(route.parameters.some(({ kind }) => kind === '@Query') ? ['422'] : []),
  ]
  const isOpen = (operation.security ?? []).length === 0
  return [
    ...(operation.security === undefined ? [`${nameOf(route)} does not say its security`] : []),
    ...(route.access?.kind === 'scope' && isOpen ? [`${nameOf(route)} is described as open`] : []),
    ...(route.access?.kind === 'public' && !isOpen ? [`${nameOf(route)} is described as protected`] : []),
    ...(statuses.some((status) => status.startsWith('2')) ? [] : [`${nameOf(route)} has no answer of success`]),
    ...needed.filter((status) => !statuses.includes(status)).map((status) => `${nameOf(route)} does not describe ${status}`),
    ...Object.entries(operation.responses ?? {}).flatMap(([status, { content = {} }]) =>
      Number(status) >= 400 && Object.values(content).every(({ schema }) => schema === undefined)
        ? [`${nameOf(route)} describes no body of ${status}`]
        : [],
    ),
  ]
}
