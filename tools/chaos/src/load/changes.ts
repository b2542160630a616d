// Every change that the load asks for: what is sent, and what it does to which part of which aggregate. The parts are
// those that `partsOf` reads out of a stored document.
import { type TestKey } from '@cambio/testing'

import { type Body, type Change } from './change.js'
import { type Journal, type JournaledAggregate, type Touch } from './journal.js'

export interface ChaosOrganization {
  readonly id: string
  readonly handle: string
}

const text = (body: Body, member: string): string => String(body[member])

const idOf = (aggregate: JournaledAggregate): string => {
  if (aggregate.id === undefined) throw new TypeError(`${aggregate.name} has no id yet`)
  return aggregate.id
}

/** Makes the requests of one organization's administrator. */
export class Changes {
  readonly #journal: Journal
  readonly #org: ChaosOrganization

  constructor(journal: Journal, org: ChaosOrganization) {
    this.#journal = journal
    this.#org = org
  }

  renameOrganization(aggregate: JournaledAggregate, name: string): Change {
    return this.#of(aggregate, 'patch', 'applications', 'PATCH', '', { json: { name }, touches: [{ part: 'name', value: name }] })
  }

  createAdminClient(name: string, role: string): Change {
    const aggregate = this.#new('admin-clients', name)
    return this.#of(aggregate, 'create', 'applications', 'POST', '/admin-clients', {
      json: { name, role },
      touches: [{ part: 'role', value: role }],
    })
  }

  changeRole(aggregate: JournaledAggregate, role: string): Change {
    return this.#of(aggregate, 'patch', 'applications', 'PATCH', `/admin-clients/${idOf(aggregate)}`, {
      json: { role },
      touches: [{ part: 'role', value: role }],
    })
  }

  createProvider(name: string, description: string, key: TestKey): Change {
    const aggregate = this.#new('identity-providers', name)
    const issuer = `https://${name}.example`
    return this.#of(aggregate, 'create', 'idp-registry', 'POST', '/identity-providers', {
      json: {
        name,
        description,
        type: 'generic',
        issuer,
        tokenEndpoint: `${issuer}/token`,
        jwks: { keys: [key.publicJwk] },
        allowedAudiences: ['https://api.chaos.example'],
        claims: { clientId: 'client_id', scopes: 'scope' },
      },
      touches: [
        { part: 'description', value: description },
        { part: 'enabled', value: 'true' },
      ],
    })
  }

  describeProvider(aggregate: JournaledAggregate, description: string): Change {
    return this.#of(aggregate, 'patch', 'idp-registry', 'PATCH', `/identity-providers/${idOf(aggregate)}`, {
      json: { description },
      touches: [{ part: 'description', value: description }],
    })
  }

  /** Nothing is written when it is so already, so the answer may name an older revision. */
  enableProvider(aggregate: JournaledAggregate, enabled: boolean): Change {
    const operation = enabled ? 'enable' : 'disable'
    return this.#of(aggregate, operation, 'idp-registry', 'POST', `/identity-providers/${idOf(aggregate)}/${operation}`, {
      idempotent: false,
      touches: [{ part: 'enabled', value: String(enabled) }],
    })
  }

  createApi(handle: string, name: string): Change {
    const aggregate = this.#new('apis', handle)
    return this.#of(aggregate, 'create', 'applications', 'POST', '/apis', {
      json: { name, handle, context: handle, version: 'v1', scopes: [{ name: 'read' }], resources: [] },
      touches: [
        { part: 'name', value: name },
        { part: 'status', value: 'CREATED' },
      ],
    })
  }

  renameApi(aggregate: JournaledAggregate, name: string): Change {
    return this.#of(aggregate, 'patch', 'applications', 'PATCH', `/apis/${aggregate.name}`, {
      json: { name },
      touches: [{ part: 'name', value: name }],
    })
  }

  moveApi(aggregate: JournaledAggregate, step: 'publish' | 'deprecate'): Change {
    return this.#of(aggregate, step, 'applications', 'POST', `/apis/${aggregate.name}/${step}`, {
      touches: [{ part: 'status', value: step === 'publish' ? 'PUBLISHED' : 'DEPRECATED' }],
    })
  }

  createApplication(name: string, description: string): Change {
    const aggregate = this.#new('applications', name)
    return this.#of(aggregate, 'create', 'applications', 'POST', '/applications', {
      json: { name, description },
      touches: [{ part: 'description', value: description }],
    })
  }

  describeApplication(aggregate: JournaledAggregate, description: string): Change {
    return this.#of(aggregate, 'patch', 'applications', 'PATCH', `/applications/${idOf(aggregate)}`, {
      json: { description },
      touches: [{ part: 'description', value: description }],
    })
  }

  generateKeys(aggregate: JournaledAggregate, environment: string, grantTypes: readonly string[], done?: (body: Body) => void): Change {
    const part = `keys/${environment}`
    return this.#of(aggregate, 'generate keys', 'applications', 'POST', `/applications/${idOf(aggregate)}/${part}`, {
      json: { grantTypes },
      touches: [{ part: `${part}/*`, value: undefined }],
      answered: (body) => [
        { part: `${part}/client`, value: text(body, 'clientId') },
        { part: `${part}/lifetime`, value: text(body, 'accessTokenLifetimeSeconds') },
        ...secretIds(body).map((id): Touch => ({ part: `${part}/secret/${id}`, value: 'kept' })),
      ],
      ...(done === undefined ? {} : { done }),
    })
  }

  changeKeys(aggregate: JournaledAggregate, environment: string, lifetimeSeconds: number): Change {
    return this.#of(aggregate, 'change keys', 'applications', 'PATCH', `/applications/${idOf(aggregate)}/keys/${environment}`, {
      json: { accessTokenLifetimeSeconds: lifetimeSeconds },
      touches: [{ part: `keys/${environment}/lifetime`, value: String(lifetimeSeconds) }],
    })
  }

  addSecret(aggregate: JournaledAggregate, environment: string): Change {
    const part = `keys/${environment}/secret`
    return this.#of(aggregate, 'add secret', 'applications', 'POST', `/applications/${idOf(aggregate)}/keys/${environment}/secrets`, {
      json: {},
      touches: [{ part: `${part}/*`, value: undefined }],
      answered: (body) => [{ part: `${part}/${text(body, 'id')}`, value: 'kept' }],
    })
  }

  deleteKeys(aggregate: JournaledAggregate, environment: string): Change {
    return this.#of(aggregate, 'delete keys', 'applications', 'DELETE', `/applications/${idOf(aggregate)}/keys/${environment}`, {
      touches: [{ part: `keys/${environment}/*`, value: null }],
    })
  }

  bind(aggregate: JournaledAggregate, provider: JournaledAggregate, clientId: string, done?: (body: Body) => void): Change {
    return this.#of(aggregate, 'bind', 'applications', 'POST', `/applications/${idOf(aggregate)}/bindings`, {
      json: { identityProvider: idOf(provider), environment: 'production', clientId },
      touches: [{ part: `binding/${idOf(provider)}/${clientId}`, value: 'production' }],
      ...(done === undefined ? {} : { done }),
    })
  }

  unbind(aggregate: JournaledAggregate, bindingId: string, part: string): Change {
    return this.#of(aggregate, 'unbind', 'applications', 'DELETE', `/applications/${idOf(aggregate)}/bindings/${bindingId}`, {
      touches: [{ part, value: null }],
    })
  }

  subscribe(aggregate: JournaledAggregate, api: JournaledAggregate, plan: string, done?: (body: Body) => void): Change {
    return this.#of(aggregate, 'subscribe', 'applications', 'POST', `/applications/${idOf(aggregate)}/subscriptions`, {
      json: { api: api.name, plan },
      touches: [{ part: `subscription/${idOf(api)}`, value: `${plan} ACTIVE` }],
      ...(done === undefined ? {} : { done }),
    })
  }

  /** Plan and status together, so that what the part is afterwards does not depend on what it was. */
  changeSubscription(aggregate: JournaledAggregate, id: string, part: string, plan: string, status: 'ACTIVE' | 'BLOCKED'): Change {
    return this.#of(aggregate, 'change subscription', 'applications', 'PATCH', `/applications/${idOf(aggregate)}/subscriptions/${id}`, {
      json: { plan, status },
      touches: [{ part, value: `${plan} ${status}` }],
    })
  }

  unsubscribe(aggregate: JournaledAggregate, id: string, part: string): Change {
    return this.#of(aggregate, 'unsubscribe', 'applications', 'DELETE', `/applications/${idOf(aggregate)}/subscriptions/${id}`, {
      touches: [{ part, value: null }],
    })
  }

  /** The whole aggregate. */
  remove(aggregate: JournaledAggregate): Change {
    const service = aggregate.kind === 'identity-providers' ? 'idp-registry' : 'applications'
    return this.#of(aggregate, 'delete', service, 'DELETE', `/${aggregate.kind}/${idOf(aggregate)}`, { touches: [] })
  }

  #new(kind: JournaledAggregate['kind'], name: string): JournaledAggregate {
    return this.#journal.aggregate(kind, this.#org.id, name)
  }

  #of(
    aggregate: JournaledAggregate,
    operation: string,
    service: Change['service'],
    method: Change['method'],
    path: string,
    more: Pick<Change, 'json' | 'touches' | 'answered' | 'done'> & { readonly idempotent?: boolean },
  ): Change {
    return { idempotent: method === 'POST', ...more, aggregate, operation, service, method, path: `/v1/orgs/${this.#org.handle}${path}` }
  }
}

function secretIds(body: Body): string[] {
  const secrets = body['secrets']
  return Array.isArray(secrets) ? secrets.map((secret: unknown) => String((secret as { readonly id?: unknown }).id)) : []
}
