import type * as Swagger from '@nestjs/swagger'

type AnyDecorator = (target: object, key?: string | symbol, descriptor?: PropertyDescriptor) => void

/** In the order of their evaluation, on which the description depends. */
const waiting: ((swagger: typeof Swagger) => void)[] = []

/**
 * A decorator of `@nestjs/swagger` that takes effect when the API's description is asked for. The package is a quarter of
 * all modules of a service, and a start does not need it; so nothing else imports it for more than its types.
 */
export function described(make: (swagger: typeof Swagger) => ClassDecorator | MethodDecorator): ClassDecorator & MethodDecorator {
  return (target: object, key?: string | symbol, descriptor?: PropertyDescriptor): void => {
    waiting.push((swagger) => {
      ;(make(swagger) as AnyDecorator)(target, key, descriptor)
    })
  }
}

/** Lets everything take effect that has been described so far; each does once. */
export function applyDescriptions(swagger: typeof Swagger): void {
  for (const apply of waiting.splice(0)) apply(swagger)
}

/** The sections of the API's description under which a controller's routes stand. */
export const Tags = (...names: readonly string[]): ClassDecorator => described(({ ApiTags }) => ApiTags(...names))
