import { type AdminScope } from '@cambio/contracts'
import { applyDecorators, SetMetadata } from '@nestjs/common'

import { described } from '../openapi/described.decorator.js'

/** The name of the security scheme of administrators' tokens in the API's description. */
export const ADMIN_SECURITY = 'adminToken'

/** Who may call a route. A route without one of the decorators below is refused, and its service does not start. */
export type Access =
  | { readonly kind: 'public' }
  /** The route authenticates its caller itself, such as a client at the token endpoint. */
  | { readonly kind: 'own'; readonly scheme: string | undefined }
  | { readonly kind: 'scope'; readonly scope: AdminScope; readonly platform: boolean }

const metadataKey = 'cambio:access'

const withAccess = (access: Access): MethodDecorator & ClassDecorator => SetMetadata(metadataKey, access)

/** What the decorators of a handler, or else of its controller, say. */
export function accessOf(controller: object, handler: object): Access | undefined {
  const read = (target: object): Access | undefined => Reflect.getMetadata(metadataKey, target) as Access | undefined
  return read(handler) ?? read(controller)
}

/**
 * The caller needs an administrator's token with this scope, and a role that has it still. A route below `/v1/orgs/:org`
 * is for the organization's own clients and platform administrators only. A route by which something may be changed has
 * `@Audited` beside it.
 *
 * @param options `platform`: platform administrators only
 */
export function RequiresScope(scope: AdminScope, { platform = false } = {}): MethodDecorator {
  return applyDecorators(
    withAccess({ kind: 'scope', scope, platform }),
    described(({ ApiSecurity }) => ApiSecurity(ADMIN_SECURITY, [scope])),
  )
}

/** Anybody may call it: health, metadata, public keys. */
export const Public = (): MethodDecorator & ClassDecorator => withAccess({ kind: 'public' })

/**
 * The route authenticates its caller by its own rules.
 *
 * @param scheme the security scheme to name in the API's description; see `BootOptions.securitySchemes`
 */
export function AuthenticatesItself(scheme?: string): MethodDecorator {
  const decorators = scheme === undefined ? [] : [described(({ ApiSecurity }) => ApiSecurity(scheme))]
  return applyDecorators(withAccess({ kind: 'own', scheme }), ...decorators)
}
