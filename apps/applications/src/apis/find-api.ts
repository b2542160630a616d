import { isId } from '@cambio/contracts'
import { type OrganizationRef } from '@cambio/service-kit'
import { type Result, type StoredDocument } from '@cambio/store'

import { type Refusal } from '../refusals/refusal.js'
import { type Api } from './api.js'
import { apiHandleKey, type ApiStore } from './api.store.js'

/** An API of an organization by its id or its handle. */
export async function findApi(
  apis: ApiStore,
  { id: org }: OrganizationRef,
  idOrHandle: string,
): Promise<Result<StoredDocument<Api>, Refusal>> {
  return isId('api', idOrHandle) ? apis.get(org, idOrHandle) : apis.getByKey(org, apiHandleKey(org, idOrHandle))
}
