import { type AdminClientValue, type ApplicationValue, type CredentialValue, type FeedEntry, type SecretDigest } from '@cambio/contracts'

/** An application's client of one environment: who authenticates at the token endpoint. */
export interface ApplicationClient {
  readonly kind: 'application'
  readonly clientId: string
  readonly org: string
  readonly applicationId: string
  readonly application: ApplicationValue
  readonly credential: CredentialValue
}

/** A client of the administrators' API. */
export interface AdminClient {
  readonly kind: 'admin'
  readonly clientId: string
  readonly adminClientId: string
  /** An organization's id, or `platform`. */
  readonly org: string
  readonly value: AdminClientValue
}

export type Client = ApplicationClient | AdminClient

/** The digests of a client's secrets that are live at a moment. */
export function liveDigests(secrets: readonly SecretDigest[], nowMs: number): string[] {
  return secrets.filter((secret) => secret.expiresAt === undefined || Date.parse(secret.expiresAt) > nowMs).map((secret) => secret.digest)
}

/** Every client of every organization by its client id. */
export class ClientsProjection {
  readonly #byClientId = new Map<string, Client>()
  readonly #clientIdsOf = new Map<string, readonly string[]>()

  applyApplication(entry: FeedEntry<ApplicationValue>): void {
    const { value } = entry
    const clients =
      value === null
        ? []
        : value.credentials.map((credential): ApplicationClient => ({
            kind: 'application',
            clientId: credential.clientId,
            org: entry.org,
            applicationId: entry.id,
            application: value,
            credential,
          }))
    this.#replace(entry.id, clients)
  }

  applyAdminClient(entry: FeedEntry<AdminClientValue>): void {
    const { value } = entry
    const clients: AdminClient[] =
      value === null ? [] : [{ kind: 'admin', clientId: value.clientId, adminClientId: entry.id, org: entry.org, value }]
    this.#replace(entry.id, clients)
  }

  byClientId(clientId: string): Client | undefined {
    return this.#byClientId.get(clientId)
  }

  #replace(ownerId: string, clients: readonly Client[]): void {
    for (const clientId of this.#clientIdsOf.get(ownerId) ?? []) {
      const held = this.#byClientId.get(clientId)
      // Only what still points at this owner goes: the client id may meanwhile be another's.
      if (held !== undefined && ownerOf(held) === ownerId) this.#byClientId.delete(clientId)
    }
    for (const client of clients) this.#byClientId.set(client.clientId, client)
    if (clients.length === 0) this.#clientIdsOf.delete(ownerId)
    else
      this.#clientIdsOf.set(
        ownerId,
        clients.map((client) => client.clientId),
      )
  }
}

function ownerOf(client: Client): string {
  return client.kind === 'application' ? client.applicationId : client.adminClientId
}
