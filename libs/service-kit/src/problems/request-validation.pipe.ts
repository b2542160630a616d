import { type ArgumentMetadata, type PipeTransform, StandardSchemaValidationPipe } from '@nestjs/common'

import { type FieldProblem, type Problem, problem } from './problem.js'

/** What a schema reports; zod adds `code` and, for unknown members, their `keys`. */
interface Issue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
  readonly code?: unknown
  readonly keys?: unknown
}

/**
 * Nest's pipe takes members such as `constructor` and `prototype` away before it looks, which would let an unknown member
 * pass in silence. They do no harm here: the JSON parser refuses `__proto__`, and schemas copy what they know.
 */
class WholeValuePipe extends StandardSchemaValidationPipe {
  protected override stripProtoKeys(): void {
    // Nothing is taken away.
  }
}

const maxErrors = 50
const maxPointerLength = 200

/**
 * Checks every parameter against its schema: a body or query that does not fit is 422 `invalid_content` with a pointer to
 * each member; an address whose parts cannot name anything is 404, as one that names nothing.
 */
export class RequestValidationPipe implements PipeTransform {
  readonly #pipes = {
    body: new WholeValuePipe({
      exceptionFactory: (issues) => problem('invalid_content', { errors: fieldProblems(issues, '') }),
    }),
    query: new WholeValuePipe({
      exceptionFactory: (issues) => problem('invalid_content', { errors: fieldProblems(issues, '#/query') }),
    }),
    param: new WholeValuePipe({ exceptionFactory: () => problem('not_found') }),
  }

  async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    if (metadata.type === 'custom') return value
    return this.#pipes[metadata.type].transform<unknown>(value, metadata)
  }
}

/** The 422 for content that a schema refuses, for use cases that check what results from a patch. */
export function invalidContent(issues: readonly Issue[]): Problem {
  return { code: 'invalid_content', errors: fieldProblems(issues, '') }
}

function fieldProblems(issues: readonly Issue[], prefix: string): FieldProblem[] {
  return issues
    .flatMap((issue) => {
      const path = (issue.path ?? []).map((part) => (typeof part === 'object' ? part.key : part))
      if (issue.code === 'unrecognized_keys' && Array.isArray(issue.keys)) {
        return issue.keys.map((key) => ({ pointer: pointer(prefix, [...path, String(key)]), detail: 'is not known here' }))
      }
      return [{ pointer: pointer(prefix, path), detail: issue.message }]
    })
    .slice(0, maxErrors)
}

/** RFC 6901: `~` and `/` of a name are escaped. */
function pointer(prefix: string, path: readonly PropertyKey[]): string {
  const parts = path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`)
  return `${prefix}${parts.join('')}`.slice(0, maxPointerLength)
}
