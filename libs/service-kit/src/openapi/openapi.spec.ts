import { httpRequest } from '@cambio/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { type SampleService, startSample } from '../testing/sample-service.js'
import { ApiDocument } from './docs.controller.js'
import { openApiProblems } from './openapi-problems.js'

interface Operation {
  readonly security: object[]
  readonly parameters: { readonly name: string; readonly in: string; readonly required: boolean; readonly schema: object }[]
  readonly requestBody?: { readonly content: Record<string, { readonly schema: object }> }
  readonly responses: Record<string, { readonly description: string; readonly content?: Record<string, { readonly schema: object }> }>
}

describe('the description of the API', () => {
  let service: SampleService
  let operations: Record<string, Record<string, Operation>>
  beforeAll(async () => {
    service = await startSample()
    const answer = await httpRequest(`${service.url}/openapi.json`)
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8')
    operations = (answer.json() as { paths: typeof operations }).paths
  })
  afterAll(async () => {
    await service.stop()
  })

  it('is valid, complete, and says security and failures of every operation', async () => {
    expect(await openApiProblems(service.app)).toEqual([])
  })

  it('would be found wanting: a missing route, a surplus one, a missing failure, no security, no version', async () => {
    const document = service.app.get(ApiDocument, { strict: false })
    const sound = await document.current()
    const broken = structuredClone(sound) as unknown as {
      openapi: string
      paths: Record<string, Record<string, { security?: object[]; responses: Record<string, object> }>>
    }
    delete broken.paths['/v1/keys']
    broken.paths['/v1/nothing'] = { get: { responses: {} } }
    const list = broken.paths['/v1/orgs/{org}/things']!['get']!
    delete list.responses['403']
    list.security = []
    document.from(async () => broken as unknown as typeof sound)
    const problems = await openApiProblems(service.app)
    document.from(async () => sound)
    expect(problems).toEqual(
      expect.arrayContaining([
        'GET /v1/keys is not described',
        'GET /v1/nothing is described and does not exist',
        'GET /v1/orgs/{org}/things is described as open',
        'GET /v1/orgs/{org}/things does not describe 403',
      ]),
    )
  })

  it('shows parameters, bodies and answers as their schemas say', () => {
    const list = operations['/v1/orgs/{org}/things']?.['get']
    expect(list?.security).toEqual([{ adminToken: ['idps:read'] }])
    expect(list?.parameters).toEqual(
      expect.arrayContaining([
        {
          name: 'limit',
          in: 'query',
          required: false,
          description: 'At most this many items.',
          schema: { type: 'integer', minimum: 1, maximum: 100, default: 20, description: 'At most this many items.' },
        },
        { name: 'org', in: 'path', required: true, description: 'The handle of the organization.', schema: { type: 'string' } },
      ]),
    )
    const make = operations['/v1/orgs/{org}/things']?.['post']
    expect(make?.requestBody?.content['application/json']?.schema).toMatchObject({
      type: 'object',
      required: ['name'],
      additionalProperties: false,
    })
    expect(make?.responses['201']?.content?.['application/json']?.schema).toEqual({ $ref: '#/components/schemas/Thing' })
  })

  it('lists for each failure the codes that can occur', () => {
    const responses = operations['/v1/orgs/{org}/things']?.['post']?.responses
    expect(Object.keys(responses ?? {})).toEqual(['201', '400', '401', '403', '404', '409', '413', '415', '422', '429', '500', '503'])
    expect(responses?.['409']).toEqual({
      description:
        '`idempotency_in_progress`: The first request with this Idempotency-Key is still at work. `name_exists`: The name is taken.',
      content: {
        'application/problem+json': {
          schema: {
            allOf: [
              { $ref: '#/components/schemas/Problem' },
              { type: 'object', properties: { code: { enum: ['idempotency_in_progress', 'name_exists'] } } },
            ],
          },
        },
      },
    })
  })

  it('shows merge patches, conditions and forms', async () => {
    const patch = operations['/v1/orgs/{org}/things/{id}']?.['patch']
    expect(Object.keys(patch?.requestBody?.content ?? {})).toEqual(['application/json', 'application/merge-patch+json'])
    expect(patch?.parameters.map(({ name }) => name)).toEqual(expect.arrayContaining(['org', 'id', 'If-Match']))
    expect(Object.keys(patch?.responses ?? {})).toContain('412')
    const token = operations['/oauth2/token']?.['post']
    expect(token?.requestBody?.content).toEqual({
      'application/x-www-form-urlencoded': { schema: { $ref: '#/components/schemas/SampleForm' } },
    })
    expect((await service.app.get(ApiDocument, { strict: false }).current()).components?.schemas?.['SampleForm']).toEqual({
      type: 'object',
      properties: { grant_type: { type: 'string' } },
      required: ['grant_type'],
    })
    expect(Object.keys(token?.responses ?? {})).toEqual(['200', '400', '503'])
  })

  it('is a page that needs nothing from elsewhere', async () => {
    const page = await httpRequest(`${service.url}/docs`)
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8')
    expect(page.headers['content-security-policy']).toContain("default-src 'none'; script-src 'self'")
    const links = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link]) => String(link))
    expect(links).toHaveLength(3)
    for (const link of links) {
      const part = await httpRequest(`${service.url}${link}`)
      expect([link, part.status]).toEqual([link, 200])
      expect(part.headers['content-type']).toMatch(/^text\/(?:css|javascript); charset=utf-8$/)
    }
  })
})
