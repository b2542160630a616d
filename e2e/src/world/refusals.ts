import { eventually } from '@cambio/testing'
import { expect } from 'vitest'

import { type ApiAnswer } from './admin-api.js'
import { type Organization } from './organization.js'

/** What a client is told for each error; nothing of the reason and nothing of its input. */
const descriptions = {
  invalid_request: 'The request is malformed or its token was refused.',
  invalid_target: 'A requested audience or resource is not available to this client.',
  invalid_scope: 'The requested scope is malformed, unknown or was not granted.',
  unauthorized_client: 'This client may not do that.',
  unsupported_grant_type: 'This grant type is not supported.',
} as const

/** Asserts the whole refusal, and that the audit log of the organization has the precise reason under the request's id. */
export async function expectRefused(
  answer: ApiAnswer,
  error: keyof typeof descriptions,
  { organization, reason }: { readonly organization: Organization; readonly reason: string },
): Promise<void> {
  expect({ status: answer.status, body: answer.body }).toEqual({
    status: 400,
    body: { error, error_description: descriptions[error] },
  })
  expect(answer.headers).toMatchObject({ 'cache-control': 'no-store', 'content-type': 'application/json' })
  const requestId = String(answer.headers['x-request-id'])
  await eventually(async () => {
    const audit = await organization.admin.get('token-service', organization.path(`/audit?requestId=${requestId}`))
    expect(audit.body).toMatchObject({ items: [{ requestId, outcome: reason }] })
  })
}
