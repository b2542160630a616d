/** Which methods an address has, learned from the routes as they are registered. */
export class AllowedMethods {
  readonly #routes: { readonly segments: readonly string[]; readonly method: string }[] = []

  /** @param template a route's path with `:name` for a parameter */
  add(method: string, template: string): void {
    this.#routes.push({ segments: template.split('/'), method })
  }

  /** The methods of an address without its query, sorted; empty if no route has it. */
  of(path: string): readonly string[] {
    const segments = path.split('/')
    const matching = this.#routes.filter((route) => matches(route.segments, segments)).map(({ method }) => method)
    return [...new Set(matching)].sort()
  }
}

function matches(template: readonly string[], segments: readonly string[]): boolean {
  return (
    template.length === segments.length &&
    template.every((part, index) => (part.startsWith(':') ? segments[index] !== '' : part === segments[index]))
  )
}
