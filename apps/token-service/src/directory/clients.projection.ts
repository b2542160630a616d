import {
  type AdminClientValue,
  type ApplicationId,
  type ApplicationValue,
  type CredentialValue,
  type FeedEntry,
  type SecretDigest,
} from '@cambio/contracts'
import { ClaimedIndex } from '@cambio/messaging'
import { maxLiveSecrets } from '@cambio/oauth'

/** An application's client of one environment: who authenticates at the token endpoint. */
export interface ApplicationClient {
  readonly kind: 'application'
  readonly clientId: string
  readonly org: string
  readonly applicationId: ApplicationId
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

/**
 * The digests of a client's secrets that are live at a moment, the newest first and at most two: a clock that lags behind the
 * one by which a third was retired would still count that one.
 */
export function liveDigests(secrets: readonly SecretDigest[], nowMs: number): string[] {
  return secrets
    .filter((secret) => secret.expiresAt === undefined || Date.parse(secret.expiresAt) > nowMs)
    .sort((a, b) => Date.parse(b.createdAt) - Date.parse(a.createdAt))
    .slice(0, maxLiveSecrets)
    .map((secret) => secret.digest)
}

/** Every client of every organization by its client id. */
export class ClientsProjection {
  readonly #byClientId = new ClaimedIndex<Client>()

  applyApplication(entry: FeedEntry<ApplicationValue>): void {
    const { id, org, value } = entry
    if (value === null) {
      this.#byClientId.replace(id, [])
      return
    }
    const applicationId = id as ApplicationId
    const clients = value.credentials.map((credential) => {
      const { clientId } = credential
      return [clientId, { kind: 'application', clientId, org, applicationId, application: value, credential }] as const
    })
    this.#byClientId.replace(id, clients)
  }

  applyAdminClient(entry: FeedEntry<AdminClientValue>): void {
    const { id, org, value } = entry
    if (value === null) {
      this.#byClientId.replace(id, [])
      return
    }
    const { clientId } = value
    this.#byClientId.replace(id, [[clientId, { kind: 'admin', clientId, adminClientId: id, org, value }]])
  }

  byClientId(clientId: string): Client | undefined {
    return this.#byClientId.get(clientId)
  }
}
