import { type StackService } from '@cambio/local-stack'
import { httpRequest } from '@cambio/testing'

import { type Urls } from './admin-api.js'

/** One operation of a service's own API description. */
export interface Operation {
  readonly service: StackService
  /** In capitals. */
  readonly method: string
  /** With `{name}` for each parameter. */
  readonly path: string
  /** `idps:read`; undefined when it needs no administrator. */
  readonly scope: string | undefined
  readonly takesIfMatch: boolean
}

interface DescribedOperation {
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[]
  readonly parameters?: readonly { readonly name: string; readonly in: string }[]
}

interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, DescribedOperation>>>>
}

/** Every operation that the services describe, so that no rule of the border can leave a new route out. */
export async function describedOperations(urls: Urls): Promise<Operation[]> {
  const services = ['applications', 'idp-registry', 'token-service'] as const
  const lists = await Promise.all(services.map((service) => operationsOf(urls, service)))
  return lists.flat()
}

async function operationsOf(urls: Urls, service: StackService): Promise<Operation[]> {
  const { paths } = (await httpRequest(`${urls[service]}/openapi.json`)).json() as Description
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, { security = [], parameters = [] }]) => ({
      service,
      method: method.toUpperCase(),
      path,
      scope: path.startsWith('/v1/') ? Object.values(security[0] ?? {}).flat()[0] : undefined,
      takesIfMatch: parameters.some((parameter) => parameter.in === 'header' && parameter.name.toLowerCase() === 'if-match'),
    })),
  )
}

/** The address with its parameters filled in. @throws TypeError for a parameter without a value */
export function filledIn(path: string, values: Readonly<Record<string, string>>): string {
  return path.replaceAll(/\{(\w+)\}/g, (_whole, name: string) => {
    const value = values[name]
    if (value === undefined) throw new TypeError(`no value for {${name}} of ${path}`)
    return value
  })
}
