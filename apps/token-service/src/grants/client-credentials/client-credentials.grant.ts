import { ADMIN_AUDIENCE, type AdminScope, PLATFORM, scopesOfAdminRole } from '@cambio/contracts'
import { grantTypes, oauthFailure } from '@cambio/oauth'

import { type AdminClient, type ApplicationClient, type Client } from '../../directory/clients.projection.js'
import { type Directory } from '../../directory/directory.js'
import { clientSubject } from '../../issuing/access-token.js'
import { type Grant, type GrantOutcome, type GrantRequest } from '../../token-endpoint/grant.js'
import { readRequestedAccess } from '../read-requested-access.js'
import { decideScopes, type RequestedAccess, scopeText, selectTargets } from '../targets-and-scopes.js'

/** How long an administrator's token lives; short, as it is had again for the asking. */
const ADMIN_TOKEN_LIFETIME_SECONDS = 900

/** RFC 6749 §4.4: a client's own token, of an application for its APIs or of an admin client for the administrators' API. */
export class ClientCredentialsGrant implements Grant {
  readonly grantType = grantTypes.clientCredentials

  constructor(private readonly directory: Directory) {}

  /** A public client proves nothing, so it gets nothing of its own, whatever its registration lists (RFC 6749 §4.4). */
  mayUse(client: Client): boolean {
    return client.kind === 'admin' || (!client.credential.public && client.credential.grantTypes.includes(this.grantType))
  }

  async decide({ client, form }: GrantRequest): Promise<GrantOutcome> {
    const requested = readRequestedAccess(form)
    if (!requested.ok) return requested
    return client.kind === 'admin' ? this.#forAdmin(client, requested.value) : this.#forApplication(client, requested.value)
  }

  #forApplication(client: ApplicationClient, requested: RequestedAccess): GrantOutcome {
    const selected = selectTargets(client, requested, this.directory.apis)
    if (!selected.ok) return selected
    // No subject limits it: what the application is subscribed to and the credential allows is its own.
    const decided = decideScopes(client, selected.targets, requested.scopes, () => true)
    if (!decided.ok) return decided
    const org = this.directory.organizations.byId(client.org)
    if (org === undefined) return { ok: false, failure: oauthFailure('service.not_ready') }
    const scope = scopeText({ targets: selected.targets, scopes: decided.scopes })
    const audience = selected.targets.map((api) => api.identifier)
    return {
      ok: true,
      content: {
        sub: clientSubject(client.clientId),
        audience,
        clientId: client.clientId,
        ...(scope !== undefined && { scope }),
        lifetimeSeconds: client.credential.accessTokenLifetimeSeconds,
        org,
        app: { id: client.applicationId },
        env: client.credential.environment,
      },
      detail: { audience, scopes: decided.scopes.map((granted) => granted.fullyQualifiedName) },
    }
  }

  #forAdmin(client: AdminClient, requested: RequestedAccess): GrantOutcome {
    if (requested.targets.some((target) => target !== ADMIN_AUDIENCE)) return { ok: false, failure: oauthFailure('target.unknown') }
    const role = scopesOfAdminRole(client.value.role)
    const undefinedScope = requested.scopes.some((scope) => !scopesOfAdminRole('platform').includes(scope as AdminScope))
    if (undefinedScope) return { ok: false, failure: oauthFailure('scope.undefined') }
    const granted = requested.scopes.length === 0 ? role : role.filter((scope) => requested.scopes.includes(scope))
    if (granted.length === 0) return { ok: false, failure: oauthFailure('scope.none_granted') }
    const org = client.org === PLATFORM ? undefined : this.directory.organizations.byId(client.org)
    if (client.org !== PLATFORM && org === undefined) return { ok: false, failure: oauthFailure('service.not_ready') }
    return {
      ok: true,
      content: {
        sub: clientSubject(client.clientId),
        audience: [ADMIN_AUDIENCE],
        clientId: client.clientId,
        scope: granted.join(' '),
        lifetimeSeconds: ADMIN_TOKEN_LIFETIME_SECONDS,
        ...(org !== undefined && { org }),
      },
      detail: { audience: [ADMIN_AUDIENCE], scopes: granted },
    }
  }
}
