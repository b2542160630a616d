import { type StackService } from '@cambio/local-stack'

import { type Administrator } from '../load/administrator.js'
import { type ChaosStack } from '../stack/chaos-stack.js'
import { type ListedState, type PublishedKind } from './evidence.js'

/** Which resources each service lists below an organization. */
const lists: readonly { readonly service: StackService; readonly kind: PublishedKind }[] = [
  { service: 'applications', kind: 'admin-clients' },
  { service: 'applications', kind: 'apis' },
  { service: 'applications', kind: 'applications' },
  { service: 'idp-registry', kind: 'identity-providers' },
]

/** What the REST API of every replica shows, page by page. @throws Error when one does not answer */
export async function readRest(stack: ChaosStack, administrator: Administrator, handles: readonly string[]): Promise<ListedState[]> {
  const listed: ListedState[] = []
  const read = async (service: StackService, kind: PublishedKind, path: string): Promise<void> => {
    for (const replica of stack.of(service)) {
      for await (const { id, rev } of pages(administrator, `${replica.url}${path}`)) {
        listed.push({ service, replica: replica.name, kind, id, rev })
      }
    }
  }
  await read('applications', 'organizations', '/v1/orgs')
  for (const handle of handles) {
    for (const { service, kind } of lists) await read(service, kind, `/v1/orgs/${handle}/${kind}`)
  }
  return listed
}

async function* pages(administrator: Administrator, url: string): AsyncGenerator<{ readonly id: string; readonly rev: number }> {
  let cursor = ''
  do {
    const answer = await administrator.sendTo(url, 'GET', `?limit=100${cursor === '' ? '' : `&cursor=${cursor}`}`)
    if (answer.kind !== 'answered' || answer.status !== 200) throw new Error(`GET ${url}: ${JSON.stringify(answer)}`)
    const { items, nextCursor } = answer.body as { items: { id: string; rev: number }[]; nextCursor: string | null }
    yield* items
    cursor = nextCursor ?? ''
  } while (cursor !== '')
}
