import { SetMetadata } from '@nestjs/common'

const metadataKey = 'cambio:audited'

/** `<noun>.<verb>`, the noun in one or more parts: `application.create`, `credential.secret.delete`. */
const actionForm = /^[a-z][a-z-]*(\.[a-z][a-z-]*)+$/

/**
 * Every request to this route by a known caller is recorded in the audit log under this action, refused ones included. A
 * service does not start with a route of `@RequiresScope` by which something may be changed and that has no action.
 *
 * @param action `identity-provider.create`: lower-case letters and hyphens, at least one dot
 * @throws TypeError for an action of another form
 */
export function Audited(action: string): MethodDecorator {
  if (!actionForm.test(action)) throw new TypeError(`${action} is no name of an action`)
  return SetMetadata(metadataKey, action)
}

/** The action that a handler declares. */
export const auditedActionOf = (handler: object): string | undefined => Reflect.getMetadata(metadataKey, handler) as string | undefined
