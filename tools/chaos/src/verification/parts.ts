import { type JournaledKind } from '../load/journal.js'

/**
 * The state of a stored document by its parts, in the words of the journal (`Touch.part`). Written against the stored
 * shapes from outside, so that a change of a shape is seen here.
 */
export function partsOf(kind: JournaledKind, value: unknown): Map<string, string> {
  const document = value as Readonly<Record<string, unknown>>
  switch (kind) {
    case 'organizations':
      return picked(document, ['name'])
    case 'admin-clients':
      return picked(document, ['role'])
    case 'identity-providers':
      return picked(document, ['description', 'enabled'])
    case 'apis':
      return picked(document, ['name', 'status'])
    case 'applications':
      return applicationParts(document)
  }
}

/** The name by which the journal knows a stored document. */
export function journalNameOf(kind: JournaledKind, value: unknown): string {
  const { handle, name } = value as { readonly handle?: unknown; readonly name?: unknown }
  return String(kind === 'organizations' || kind === 'apis' ? handle : name)
}

interface StoredApplication {
  readonly credentials: readonly {
    readonly environment: string
    readonly clientId: string
    readonly accessTokenLifetimeSeconds: number
    readonly secrets: readonly { readonly id: string }[]
  }[]
  readonly bindings: readonly { readonly identityProvider: string; readonly clientId: string; readonly environment: string }[]
  readonly subscriptions: readonly { readonly api: string; readonly plan: string; readonly status: string }[]
}

function applicationParts(document: Readonly<Record<string, unknown>>): Map<string, string> {
  const { credentials, bindings, subscriptions } = document as unknown as StoredApplication
  const parts = picked(document, ['description'])
  for (const { environment, clientId, accessTokenLifetimeSeconds, secrets } of credentials) {
    parts.set(`keys/${environment}/client`, clientId)
    parts.set(`keys/${environment}/lifetime`, String(accessTokenLifetimeSeconds))
    for (const { id } of secrets) parts.set(`keys/${environment}/secret/${id}`, 'kept')
  }
  for (const { identityProvider, clientId, environment } of bindings) parts.set(`binding/${identityProvider}/${clientId}`, environment)
  for (const { api, plan, status } of subscriptions) parts.set(`subscription/${api}`, `${plan} ${status}`)
  return parts
}

/** The members that are there, as text. They are texts and truth values. */
function picked(document: Readonly<Record<string, unknown>>, names: readonly string[]): Map<string, string> {
  return new Map(names.filter((name) => document[name] !== undefined).map((name) => [name, textOf(document[name])]))
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))
