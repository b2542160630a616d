import { describe, expect, it } from 'vitest'
import { z } from 'zod'

import { confirmFeedEntry } from './feed.rpc.js'
import { defineRpc, rpcResultSchema } from './contract.js'
import { listBindings } from './applications.rpc.js'

describe('RPC contracts', () => {
  it('name owner, noun, verb and version in the subject', () => {
    expect(listBindings.subject).toBe('cambio.rpc.applications.binding.list-by-identity-provider.v1')
  })

  it('ask the owner of a kind to confirm an entry', () => {
    expect(confirmFeedEntry('signing-keys').subject).toBe('cambio.rpc.token-service.feed-entry.confirm.v1')
    expect(confirmFeedEntry('apis').subject).toBe('cambio.rpc.applications.feed-entry.confirm.v1')
  })

  it('carry a failure as data, and nothing between failure and value', () => {
    const contract = defineRpc('applications', 'thing.find', z.strictObject({}), z.object({ n: z.int() }))
    const schema = rpcResultSchema(contract.answer)
    expect(schema.parse({ ok: false, failure: { code: 'not_found' } })).toEqual({ ok: false, failure: { code: 'not_found' } })
    expect(schema.safeParse({ ok: true, value: { n: 'x' } }).success).toBe(false)
    expect(schema.safeParse({ value: { n: 1 } }).success).toBe(false)
  })
})
