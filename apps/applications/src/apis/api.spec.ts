import { describe, expect, it } from 'vitest'

import { type Api, type ApiStep, changeApi, contentOf, createApi, moveApi } from './api.js'
import { type ApiContent } from './api.schema.js'

const content = (more: Partial<ApiContent> = {}): ApiContent => ({
  name: 'Orders',
  context: 'orders',
  version: 'v1',
  endpoints: {},
  scopes: [{ name: 'read' }, { name: 'write', description: 'Change orders', roles: ['clerk'] }],
  resources: [{ method: 'GET', path: '/orders/{id}', scopes: ['read'] }],
  ...more,
})

function anApi(status: Api['status'] = 'CREATED'): Api {
  const api = createApi('t1', 'orders', content())
  if (!api.ok) throw new TypeError('refused')
  return { ...api.value, status }
}

describe('an API', () => {
  it('is named by its organization and handle, and so are its scopes', () => {
    expect(createApi('t1', 'orders', content())).toEqual({
      ok: true,
      value: {
        handle: 'orders',
        identifier: 'urn:t1:orders',
        status: 'CREATED',
        name: 'Orders',
        context: 'orders',
        version: 'v1',
        endpoints: {},
        scopes: [
          { name: 'read', fullyQualifiedName: 'urn:t1:orders:read' },
          { name: 'write', description: 'Change orders', roles: ['clerk'], fullyQualifiedName: 'urn:t1:orders:write' },
        ],
        resources: [{ method: 'GET', path: '/orders/{id}', scopes: ['read'] }],
      },
    })
  })

  it('refuses scopes and resources that repeat, and scopes that nobody declared, each by its place', () => {
    const refused = createApi(
      't1',
      'orders',
      content({
        scopes: [{ name: 'read' }, { name: 'read' }],
        resources: [
          { method: 'GET', path: '/orders/{id}', scopes: ['read', 'wirte'] },
          { method: 'GET', path: '/orders/{order}', scopes: [] },
          { method: 'POST', path: '/orders/{id}', scopes: [] },
        ],
      }),
    )
    expect(refused).toEqual({
      ok: false,
      error: {
        code: 'invalid_content',
        errors: [
          { pointer: '/scopes/1/name', detail: 'repeats an earlier scope' },
          { pointer: '/resources/0/scopes/1', detail: 'is no scope of this API: wirte' },
          { pointer: '/resources/1/path', detail: 'repeats an earlier resource' },
        ],
      },
    })
  })

  it('keeps what identifies it, and its status, when its content changes', () => {
    const changed = changeApi(anApi('PUBLISHED'), 't1', content({ name: 'Orders 2', scopes: [], resources: [] }))
    expect(changed).toMatchObject({
      ok: true,
      value: { handle: 'orders', identifier: 'urn:t1:orders', status: 'PUBLISHED', name: 'Orders 2' },
    })
  })

  it('gives back the content that it was made of', () => {
    expect(contentOf(anApi())).toEqual(content())
  })
})

describe('the life of an API', () => {
  const allowed: readonly (readonly [Api['status'], ApiStep, Api['status']])[] = [
    ['CREATED', 'publish', 'PUBLISHED'],
    ['PUBLISHED', 'deprecate', 'DEPRECATED'],
    ['PUBLISHED', 'retire', 'RETIRED'],
    ['DEPRECATED', 'publish', 'PUBLISHED'],
    ['DEPRECATED', 'retire', 'RETIRED'],
  ]

  it.each(allowed)('goes from %s by %s to %s', (from, step, to) => {
    expect(moveApi(anApi(from), step)).toEqual({ ok: true, value: anApi(to) })
  })

  const statuses = ['CREATED', 'PUBLISHED', 'DEPRECATED', 'RETIRED'] as const
  const refused = statuses.flatMap((from) =>
    (['publish', 'deprecate', 'retire'] as const)
      .filter((step) => !allowed.some(([status, other]) => status === from && other === step))
      .map((step) => [from, step] as const),
  )

  it.each(refused)('does not go from %s by %s', (from, step) => {
    expect(moveApi(anApi(from), step)).toMatchObject({ ok: false, error: { code: 'api_state' } })
  })
})
