import { type FeedEntry, type OrganizationValue } from '@cambio/contracts'

/** An organization as issued tokens name it. */
export interface OrganizationName {
  readonly id: string
  readonly handle: string
}

/** Organizations by id. */
export class OrganizationsProjection {
  readonly #byId = new Map<string, OrganizationName>()

  apply(entry: FeedEntry<OrganizationValue>): void {
    if (entry.value === null) this.#byId.delete(entry.id)
    else this.#byId.set(entry.id, { id: entry.id, handle: entry.value.handle })
  }

  byId(id: string): OrganizationName | undefined {
    return this.#byId.get(id)
  }
}
