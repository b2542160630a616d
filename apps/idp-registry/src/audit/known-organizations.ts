import { type ServiceFeed } from '@cambio/service-kit'

/** Organizations by handle, from memory alone: refused requests are recorded too, and strangers must cause no questions. */
export class KnownOrganizations {
  readonly #ids = new Map<string, string>()

  constructor(feed: ServiceFeed) {
    feed.follow('organizations', {
      apply: ({ id, value }) => {
        // Handles are immutable and never given to another organization, so a deletion may leave the entry.
        if (value !== null) this.#ids.set(value.handle, id)
      },
    })
  }

  idOf(handle: string): string | undefined {
    return this.#ids.get(handle)
  }
}
