import { type SecretDigest } from '@cambio/contracts'
import { describe, expect, it } from 'vitest'

import { liveSecrets, withNewSecret, withoutSecret } from './live-secrets.js'

const now = new Date('2026-11-01T12:00:00.000Z')
const secret = (id: string, expiresAt?: string): SecretDigest => ({
  id,
  digest: id,
  createdAt: '2026-10-01T00:00:00.000Z',
  ...(expiresAt === undefined ? {} : { expiresAt }),
})

describe('the secrets of a client', () => {
  it('are live until the moment at which they expire', () => {
    const secrets = [secret('a'), secret('b', '2026-11-01T12:00:00.001Z'), secret('c', '2026-11-01T12:00:00.000Z')]
    expect(liveSecrets(secrets, now).map(({ id }) => id)).toEqual(['a', 'b'])
  })

  it('are two at most', () => {
    expect(withNewSecret([secret('a')], secret('b'), now)).toEqual({ ok: true, value: [secret('a'), secret('b')] })
    expect(withNewSecret([secret('a'), secret('b')], secret('c'), now)).toMatchObject({ ok: false, error: { code: 'too_many_secrets' } })
  })

  it('do not count once they have expired, and are then dropped', () => {
    const secrets = [secret('a'), secret('b', '2026-11-01T11:00:00.000Z')]
    expect(withNewSecret(secrets, secret('c'), now)).toEqual({ ok: true, value: [secret('a'), secret('c')] })
  })

  it('end after the given time when another takes their place, and never later than they would have', () => {
    expect(withNewSecret([secret('a')], secret('b'), now, 60)).toEqual({
      ok: true,
      value: [secret('a', '2026-11-01T12:01:00.000Z'), secret('b')],
    })
    const sooner = secret('a', '2026-11-01T12:00:30.000Z')
    expect(withNewSecret([sooner], secret('b'), now, 60)).toEqual({ ok: true, value: [sooner, secret('b')] })
  })

  it('end at once when told so, which makes room for the new one', () => {
    expect(withNewSecret([secret('a'), secret('b')], secret('c'), now, 0)).toEqual({ ok: true, value: [secret('c')] })
  })

  it('can be ended one by one; one that is gone or expired is not found', () => {
    expect(withoutSecret([secret('a'), secret('b')], 'a', now)).toEqual({ ok: true, value: [secret('b')] })
    expect(withoutSecret([secret('a', '2026-11-01T11:00:00.000Z')], 'a', now)).toMatchObject({ ok: false, error: { code: 'not_found' } })
    expect(withoutSecret([secret('a')], 'x', now)).toMatchObject({ ok: false, error: { code: 'not_found' } })
  })
})
