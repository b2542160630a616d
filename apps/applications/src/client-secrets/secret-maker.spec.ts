import { looksLikeClientSecret } from '@cambio/oauth'
import { describe, expect, it } from 'vitest'

import { makeClientId } from './client-id.js'
import { SecretMaker } from './secret-maker.js'

const maker = new SecretMaker(Buffer.alloc(32, 1), () => new Date('2026-11-01T12:00:00.000Z'))

describe('making credentials', () => {
  it('gives a secret in clear once, and what is stored does not contain it', () => {
    const { clientSecret, stored } = maker.issue()
    expect(looksLikeClientSecret(clientSecret)).toBe(true)
    expect(JSON.stringify(stored)).not.toContain(clientSecret)
    expect(stored).toEqual({
      id: expect.stringMatching(/^sec_[0-9a-f]{32}$/) as string,
      digest: expect.stringMatching(/^[\w-]{43}$/) as string,
      createdAt: '2026-11-01T12:00:00.000Z',
    })
  })

  it('recognises its own secret and no other, and none under another pepper', () => {
    const { clientSecret, stored } = maker.issue()
    expect(maker.matches(clientSecret, [stored])).toBe(true)
    expect(maker.matches(maker.issue().clientSecret, [stored])).toBe(false)
    expect(new SecretMaker(Buffer.alloc(32, 2)).matches(clientSecret, [stored])).toBe(false)
  })

  it('makes client ids that nobody guesses and that need no escaping', () => {
    const ids = Array.from({ length: 200 }, makeClientId)
    expect(new Set(ids).size).toBe(200)
    expect(ids.every((id) => /^[0-9A-Za-z]{24}$/.test(id))).toBe(true)
  })
})
