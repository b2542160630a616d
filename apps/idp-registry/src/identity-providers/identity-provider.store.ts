import { isId } from '@cambio/contracts'
import { concreteIssuers } from '@cambio/token-trust'
import { type AlreadyExists, Collection, type DocumentDefinition, type Store, type StoredDocument } from '@cambio/store'

import { type IdentityProvider, identityProviderDocumentSchema } from './identity-provider.js'
import { type IdentityProviderFailure } from './identity-provider.errors.js'

/** Names that look the same are the same: case and compatible characters do not tell two providers apart. */
const nameForm = (name: string): string => name.normalize('NFKC').toLowerCase()

export const nameKey = (org: string, name: string): string => `idp-name:${org}:${nameForm(name)}`

export const issuerKey = (org: string, issuer: string): string => `issuer:${org}:${issuer}`

const definition: DocumentDefinition<IdentityProvider> = {
  name: 'identity-providers',
  schemaVersion: 1,
  parse: (value) => identityProviderDocumentSchema.parse(value),
  // A token finds its provider by organization and `iss`: of one issuer an organization can have only one provider.
  uniqueKeys: ({ org, value }) => [
    nameKey(org, value.name),
    ...concreteIssuers(value.issuer, value.tenants).map((issuer) => issuerKey(org, issuer)),
  ],
  lookups: ({ value }) => [namePrefix(value.name)],
}

/** The lookup of a name, and of all names that begin so. */
export const namePrefix = (beginning: string): string => `name:${nameForm(beginning)}`

export type StoredIdentityProvider = StoredDocument<IdentityProvider>

/** The registrations of all organizations; an injection token. */
export abstract class IdentityProviderStore extends Collection<IdentityProvider> {}

// eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- the class is a token only; the store's adapter makes the instance
export const identityProviderStore = (store: Store): IdentityProviderStore => store.collection(definition)

/** The provider that a path or another service names; of another organization there is none. */
export async function findByIdOrName(
  store: IdentityProviderStore,
  org: string,
  idOrName: string,
): Promise<StoredIdentityProvider | undefined> {
  return isId('identityProvider', idOrName) ? store.get(org, idOrName) : store.getByKey(org, nameKey(org, idOrName))
}

/** Which of the provider's unique keys belongs to another one. */
export function takenKeyFailure(org: string, { key }: AlreadyExists): IdentityProviderFailure {
  const issuerPrefix = issuerKey(org, '')
  if (key?.startsWith(issuerPrefix) === true) return { code: 'issuer_exists', issuer: key.slice(issuerPrefix.length) }
  if (key?.startsWith(nameKey(org, '')) === true) return { code: 'name_exists' }
  throw new TypeError('an id of our own making cannot be taken')
}
