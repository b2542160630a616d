import 'reflect-metadata'

import { RequestMethod } from '@nestjs/common'
import { METHOD_METADATA, PATH_METADATA, ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js'
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js'
import { type DiscoveryService, MetadataScanner } from '@nestjs/core'

import { type Access, accessOf } from '../admin-guard/access.decorators.js'
import { auditedActionOf } from '../audit/audited.decorator.js'
import { DocsController } from '../openapi/docs.controller.js'
import { isIdempotent } from '../rest/idempotent.decorator.js'

/** A route as its controller declares it. */
export interface DeclaredRoute {
  readonly controller: string
  readonly handler: string
  readonly method: string
  /** Its address with `:name` for a parameter. */
  readonly path: string
  /** Whether it belongs into the API's description. */
  readonly isDescribed: boolean
  readonly access: Access | undefined
  readonly isIdempotent: boolean
  /** The action under which requests are recorded. */
  readonly action: string | undefined
  readonly parameters: readonly { readonly kind: string; readonly hasSchema: boolean }[]
}

const checked: Readonly<Record<number, string>> = {
  [RouteParamtypes.BODY]: '@Body',
  [RouteParamtypes.QUERY]: '@Query',
  [RouteParamtypes.PARAM]: '@Param',
}

const scanner = new MetadataScanner()

/** All HTTP routes of all controllers, inherited ones included. */
export function declaredRoutes(discovery: DiscoveryService): DeclaredRoute[] {
  return discovery.getControllers().flatMap(({ metatype }) => {
    if (typeof metatype !== 'function') return []
    const prototype = metatype.prototype as Readonly<Record<string, unknown>>
    return scanner.getAllMethodNames(prototype).flatMap((name) => {
      const handler = prototype[name]
      if (typeof handler !== 'function' || Reflect.getMetadata(PATH_METADATA, handler) === undefined) return []
      return [
        {
          controller: metatype.name,
          handler: name,
          method: RequestMethod[Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod],
          path: pathOf(metatype, handler),
          isDescribed: metatype !== DocsController,
          access: accessOf(metatype, handler),
          isIdempotent: isIdempotent(handler),
          action: auditedActionOf(handler),
          parameters: parametersOf(metatype, name),
        },
      ]
    })
  })
}

function pathOf(metatype: object, handler: object): string {
  const parts = [metatype, handler].map((target) => Reflect.getMetadata(PATH_METADATA, target) as string)
  return `/${parts
    .flatMap((part) => part.split('/'))
    .filter((segment) => segment !== '')
    .join('/')}`
}

function parametersOf(metatype: object, handler: string): DeclaredRoute['parameters'] {
  const declared = (Reflect.getMetadata(ROUTE_ARGS_METADATA, metatype, handler) ?? {}) as Readonly<Record<string, { schema?: unknown }>>
  return Object.entries(declared).flatMap(([key, { schema }]) => {
    const kind = checked[Number(key.split(':', 1)[0])]
    return kind === undefined || Number.isNaN(Number(key.split(':', 1)[0])) ? [] : [{ kind, hasSchema: schema !== undefined }]
  })
}

/**
 * Refuses to start a service with a route that forgot who may call it, with a change by administrators that would not be
 * recorded, or with a parameter that would silently not be checked because it has no schema.
 *
 * @throws TypeError naming every such route
 */
export function assertRoutesAreComplete(routes: readonly DeclaredRoute[]): void {
  const problems = routes.flatMap((route) =>
    [
      ...(route.access === undefined ? ['has none of @RequiresScope, @Public and @AuthenticatesItself'] : []),
      ...auditProblems(route),
      ...route.parameters.filter(({ hasSchema }) => !hasSchema).map(({ kind }) => `has a ${kind} without schema`),
    ].map((problem) => `${route.controller}.${route.handler} ${problem}`),
  )
  if (problems.length > 0) throw new TypeError(`routes are not complete: ${problems.join('; ')}`)
}

/** Methods by which nothing is changed (RFC 9110 §9.2.1). Any other of administrators is recorded, also where it only reads. */
const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS'])

function auditProblems({ access, method, action }: DeclaredRoute): string[] {
  const hasCaller = access?.kind === 'scope'
  if (hasCaller && action === undefined && !safeMethods.has(method)) return ['changes something and is not @Audited']
  // Without a known caller nothing is ever recorded.
  return !hasCaller && action !== undefined ? ['is @Audited without @RequiresScope'] : []
}
