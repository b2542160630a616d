import { type Page, type SearchQuery } from '@cambio/service-kit'

import { type IdentityProviderResult, refuse } from './identity-provider.errors.js'
import { findByIdOrName, type IdentityProviderStore, namePrefix, type StoredIdentityProvider } from './identity-provider.store.js'

/** Providers on one page that other services ask for; far more than an organization has. */
const wholeListPage = 500

/** Reads the registrations of one organization. */
export class FindIdentityProviders {
  constructor(private readonly providers: IdentityProviderStore) {}

  async one(org: string, idOrName: string): Promise<IdentityProviderResult<StoredIdentityProvider>> {
    const found = await findByIdOrName(this.providers, org, idOrName)
    return found === undefined ? refuse({ code: 'not_found' }) : { ok: true, value: found }
  }

  /** A page in the order of registration; `q` is the beginning of a name, upper and lower case alike. */
  async page(org: string, { limit, cursor, q }: SearchQuery): Promise<IdentityProviderResult<Page<StoredIdentityProvider>>> {
    const search = q === undefined || q === '' ? {} : { lookupPrefix: namePrefix(q) }
    const page = await this.providers.listBy(org, { limit, ...search, ...(cursor === undefined ? {} : { cursor }) })
    if (!page.ok) return refuse({ code: 'invalid_cursor' })
    return { ok: true, value: { items: page.value.items, nextCursor: page.value.nextCursor ?? null } }
  }

  /** All of them, in the order of registration. */
  async all(org: string): Promise<readonly StoredIdentityProvider[]> {
    const items: StoredIdentityProvider[] = []
    let cursor: string | null = null
    do {
      const page = await this.page(org, { limit: wholeListPage, ...(cursor === null ? {} : { cursor }) })
      if (!page.ok) throw new TypeError('a cursor of the store itself is valid')
      items.push(...page.value.items)
      cursor = page.value.nextCursor
    } while (cursor !== null)
    return items
  }
}
