import { describe, expect, it } from 'vitest'

import { readOpenApi } from './openapi-document.js'

const schemes = {
  oauth: {
    type: 'oauth2',
    flows: { clientCredentials: { tokenUrl: 'https://idp.test/token', scopes: { read: 'Read orders', write: '' } } },
  },
  bearer: { type: 'http', scheme: 'bearer' },
  key: { type: 'apiKey', in: 'header', name: 'x-key' },
}

const document = (more: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => ({
  openapi: '3.1.0',
  info: { title: 'Orders', version: '1' },
  components: { securitySchemes: schemes },
  paths: {},
  ...more,
})

const scopesOf = (security: unknown, global?: unknown): unknown => {
  const operation = security === undefined ? {} : { security }
  const read = readOpenApi(document({ paths: { '/a': { get: operation } }, ...(global === undefined ? {} : { security: global }) }))
  return read.ok ? read.value.resources[0]?.scopes : read.error.errors
}

describe('an OpenAPI document', () => {
  it('gives a resource for each path and method, and the scopes of its OAuth flows', () => {
    const read = readOpenApi(
      document({
        paths: {
          '/orders': {
            summary: 'Orders',
            parameters: [],
            'x-internal': true,
            get: { security: [{ oauth: ['read'] }], responses: {} },
            post: { security: [{ oauth: ['write'] }] },
          },
          '/orders/{id}': { delete: { security: [{ oauth: ['write'] }] } },
        },
      }),
    )
    expect(read).toEqual({
      ok: true,
      value: {
        resources: [
          { method: 'GET', path: '/orders', scopes: ['read'] },
          { method: 'POST', path: '/orders', scopes: ['write'] },
          { method: 'DELETE', path: '/orders/{id}', scopes: ['write'] },
        ],
        scopes: [{ name: 'read', description: 'Read orders' }, { name: 'write' }],
      },
    })
  })

  it('takes alternatives as scopes of which one is needed', () => {
    expect(scopesOf([{ oauth: ['read'] }, { oauth: ['write'] }])).toEqual(['read', 'write'])
  })

  it('asks for no scope where one alternative asks for none', () => {
    expect(scopesOf([{ oauth: ['read'] }, { bearer: [] }])).toEqual([])
    expect(scopesOf([{ oauth: ['read'] }, {}])).toEqual([])
  })

  it('falls back to the security of the whole document, which an operation can lift', () => {
    expect(scopesOf(undefined, [{ oauth: ['read'] }])).toEqual(['read'])
    expect(scopesOf([], [{ oauth: ['read'] }])).toEqual([])
  })

  it('refuses what it would have to weaken: two scopes at once', () => {
    const refusal = {
      pointer: '/openapi/paths/~1a/get/security/0',
      detail: 'must not need several scopes at once; offer one scope, or alternatives',
    }
    expect(scopesOf([{ oauth: ['read', 'write'] }])).toEqual([refusal])
    expect(scopesOf([{ oauth: ['read'], bearer: ['write'] }])).toEqual([refusal])
  })

  it.each([[{ key: [] }], [{ unknown: [] }], [{ constructor: [] }]])(
    'refuses a scheme whose credentials are not ours to check: %j',
    (requirement) => {
      const [name] = Object.keys(requirement)
      expect(scopesOf([requirement])).toEqual([
        {
          pointer: `/openapi/paths/~1a/get/security/0/${name ?? ''}`,
          detail: 'must name a declared scheme of type oauth2, openIdConnect or http bearer',
        },
      ])
    },
  )

  it.each([
    [{ openapi: '2.0', paths: {} }, '/openapi/openapi'],
    [{ openapi: '3.0.3' }, '/openapi/paths'],
    [document({ paths: { '/a': { $ref: '#/x' } } }), '/openapi/paths/~1a/$ref'],
    [document({ paths: { '/a': { trace: {} } } }), '/openapi/paths/~1a/trace'],
    [document({ paths: { '/a/../b': { get: {} } } }), '/openapi/paths/~1a~1..~1b'],
    [document({ paths: { '/a': { get: { security: 'none' } } } }), '/openapi/paths/~1a/get/security'],
    [
      document({ components: { securitySchemes: { oauth: { type: 'oauth2', flows: { implicit: { scopes: { 'a b': '' } } } } } } }),
      '/openapi/components/securitySchemes/oauth/flows/implicit/scopes/a b',
    ],
  ])('refuses what it cannot read, by its place: %#', (given, pointer) => {
    const read = readOpenApi(given)
    expect(read.ok ? [] : read.error.errors?.map((error) => error.pointer)).toEqual([pointer])
  })
})
