import { describe, expect, it } from 'vitest'

import { apiDraftSchema, apiPatchSchema } from './api.schema.js'

const draft = (more: Readonly<Record<string, unknown>> = {}): unknown => ({
  name: 'Orders',
  handle: 'orders',
  context: 'orders',
  version: 'v1',
  ...more,
})

const pointersOf = (body: unknown): string[] => apiDraftSchema.safeParse(body).error?.issues.map(({ path }) => path.join('/')) ?? []

describe('the body of an API', () => {
  it('needs a name, a handle, a context and a version', () => {
    expect(apiDraftSchema.parse(draft())).toEqual({ name: 'Orders', handle: 'orders', context: 'orders', version: 'v1' })
    expect(pointersOf({})).toEqual(['name', 'handle', 'context', 'version'])
  })

  it('takes a context with or without its slash', () => {
    expect(apiDraftSchema.parse(draft({ context: '/orders' })).context).toBe('orders')
  })

  it.each(['a/b', '', '/', '..', '/..', 'a b', 'a?b', 'a%2fb', `/${'a'.repeat(65)}`])('refuses the context %j', (context) => {
    expect(pointersOf(draft({ context }))).toEqual(['context'])
  })

  it.each(['urn:x', 'URN:x', ':a', 'a b', '', 'a'.repeat(65), 'ä'])('refuses the scope name %j', (name) => {
    expect(pointersOf(draft({ scopes: [{ name }] }))).toContain('scopes/0/name')
  })

  it.each(['orders:read', 'a', '.well-known', 'A_b-c.d'])('takes the scope name %j', (name) => {
    expect(pointersOf(draft({ scopes: [{ name }] }))).toEqual([])
  })

  it.each(['orders', '//orders', '/a//b', '/a/', '/a/../b', '/a/%2e%2e', '/a?b', '/*/a', '/{a', '/a\\b'])('refuses the path %j', (path) => {
    expect(pointersOf(draft({ resources: [{ method: 'GET', path }] }))).toEqual(['resources/0/path'])
  })

  it.each(['/', '/orders/{id}', '/orders/*', '/v1.0/a-b_c~d'])('takes the path %j', (path) => {
    expect(pointersOf(draft({ resources: [{ method: 'GET', path }] }))).toEqual([])
  })

  it.each(['ftp://a.test', 'https://u:p@a.test', 'https://a.test/?q', 'https://a.test/#f', 'orders', 'https://a.test/ b'])(
    'refuses the endpoint %j',
    (production) => {
      expect(pointersOf(draft({ endpoints: { production } }))).toEqual(['endpoints/production'])
    },
  )

  it('takes resources or a document that describes them, not both', () => {
    expect(pointersOf(draft({ resources: [], openapi: {} }))).toEqual(['openapi'])
  })

  it('refuses members that it does not know, such as a status or an identifier', () => {
    expect(apiDraftSchema.safeParse(draft({ status: 'PUBLISHED', identifier: 'urn:t2:x' })).error?.issues).toMatchObject([
      { code: 'unrecognized_keys', keys: ['status', 'identifier'] },
    ])
  })

  it('lets a patch take away an endpoint, the scopes and the resources, and nothing that is required', () => {
    expect(apiPatchSchema.safeParse({ endpoints: { sandbox: null }, scopes: null, resources: null }).success).toBe(true)
    expect(apiPatchSchema.safeParse({ name: null }).success).toBe(false)
  })
})
