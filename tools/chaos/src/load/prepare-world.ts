import { setTimeout as delay } from 'node:timers/promises'
import { testKey } from '@cambio/testing'

import { type Administrator } from './administrator.js'
import { type Change } from './change.js'
import { type ChangeSender } from './change-sender.js'
import { Changes, type ChaosOrganization } from './changes.js'
import { type StableClient } from './exchange-load.js'
import { type Journal, type JournaledAggregate } from './journal.js'

const AUDIENCE = 'https://api.chaos.example'
const STABLE = 'stable'
const STABLE_APPLICATIONS = 2

/** What a run begins with. */
export interface PreparedWorld {
  /** Where changes happen. */
  readonly organizations: readonly ChaosOrganization[]
  /** Whom nothing of that may concern. */
  readonly stable: ClientGroup
  readonly clients: readonly StableClient[]
}

/** Applications that may exchange the tokens of one identity provider. */
export interface ClientGroup {
  readonly provider: JournaledAggregate
  readonly applications: readonly JournaledAggregate[]
  readonly clients: readonly StableClient[]
}

/** Makes the organizations, and in one that is left alone what valid exchanges need. */
export async function prepareWorld(
  parts: { readonly administrator: Administrator; readonly sender: ChangeSender; readonly journal: Journal },
  count: number,
): Promise<PreparedWorld> {
  const organizations: ChaosOrganization[] = []
  for (let index = 1; index <= count; index += 1) organizations.push(await makeOrganization(parts, `chaos-${index}`))
  const stable = await makeOrganization(parts, STABLE)
  const group = await makeClients(parts, stable, { name: STABLE, applications: STABLE_APPLICATIONS })
  return { organizations, stable: group, clients: group.clients }
}

async function makeOrganization(
  { sender, journal }: Pick<Parameters<typeof prepareWorld>[0], 'sender' | 'journal'>,
  handle: string,
): Promise<ChaosOrganization> {
  const aggregate = journal.aggregate('organizations', 'platform', handle)
  await must(sender, {
    aggregate,
    operation: 'create',
    service: 'applications',
    method: 'POST',
    path: '/v1/orgs',
    json: { handle, name: handle },
    idempotent: true,
    touches: [{ part: 'name', value: handle }],
  })
  if (aggregate.id === undefined) throw new Error(`the organization ${handle} has no id`)
  return { id: aggregate.id, handle }
}

/** Makes clients whose requests are valid: everything of theirs has names that begin with the group's. */
export async function makeClients(
  { sender, journal }: { readonly sender: ChangeSender; readonly journal: Journal },
  organization: ChaosOrganization,
  group: { readonly name: string; readonly applications: number },
): Promise<ClientGroup> {
  const changes = new Changes(journal, organization)
  const key = testKey('ES256', { name: group.name })
  const create = async (change: Change): Promise<JournaledAggregate> => {
    await must(sender, change)
    return change.aggregate
  }
  const provider = await create(changes.createProvider(`${group.name}-provider`, 'left alone', key))
  const api = await create(changes.createApi(`${group.name}-api`, 'left alone'))
  await must(sender, changes.moveApi(api, 'publish'))
  const clients: StableClient[] = []
  const applications: JournaledAggregate[] = []
  for (let index = 1; index <= group.applications; index += 1) {
    const application = await create(changes.createApplication(`${group.name}-${index}`, 'left alone'))
    applications.push(application)
    const providerClientId = `${group.name}-client-${index}`
    const grantTypes = ['client_credentials', 'urn:ietf:params:oauth:grant-type:token-exchange']
    await must(
      sender,
      changes.generateKeys(application, 'production', grantTypes, ({ clientId, clientSecret }) => {
        const issuer = `https://${provider.name}.example`
        const client = { clientId: String(clientId), clientSecret: String(clientSecret) }
        clients.push({ ...client, issuer, audience: AUDIENCE, key, providerClientId })
      }),
    )
    await must(sender, changes.bind(application, provider, providerClientId))
    await must(sender, changes.subscribe(application, api, 'gold'))
  }
  return { provider, applications, clients }
}

/** Nothing is broken yet, but what was just made may take a moment to reach the other service. */
async function must(sender: ChangeSender, change: Change): Promise<void> {
  for (let attempt = 0; attempt < 20; attempt += 1) {
    if ((await sender.send(change)) === 'acknowledged') return
    await delay(250)
  }
  throw new Error(`${change.method} ${change.path} does not work although nothing is broken yet`)
}
