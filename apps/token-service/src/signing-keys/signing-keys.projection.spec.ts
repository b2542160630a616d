import { type SigningKeyValue } from '@cambio/contracts'
import { feedEntry, FIXED_NOW_MS, IDS } from '@cambio/testing'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'

import { KEY_ENCRYPTION_KEY } from '../testing/exchange-world.js'
import { makeSigningKey } from './signing-key.js'
import { SigningKeysProjection } from './signing-keys.projection.js'

const HOUR_MS = 3_600_000
const at = (hours: number): number => FIXED_NOW_MS + hours * HOUR_MS
const iso = (hours: number): string => new Date(at(hours)).toISOString()
const SECOND = 'sgk_00000000000000000000000000000002'

describe('the signing keys in memory', () => {
  let first: SigningKeyValue
  let second: SigningKeyValue
  let keys: SigningKeysProjection
  let unusable: string[]
  beforeAll(async () => {
    first = await makeSigningKey('ES256', KEY_ENCRYPTION_KEY, new Date(at(0)))
    second = await makeSigningKey('EdDSA', KEY_ENCRYPTION_KEY, new Date(at(2)))
  })
  beforeEach(() => {
    unusable = []
    keys = new SigningKeysProjection(KEY_ENCRYPTION_KEY, (kid) => unusable.push(kid))
  })
  const feed = (value: SigningKeyValue | null, id: string = IDS.signingKey): void => {
    keys.apply(feedEntry('signing-keys', value, { id }))
  }
  const signerAt = (hours: number): string | undefined => keys.signerAt(at(hours))?.kid
  const publishedAt = (hours: number): unknown[] => keys.publicKeysAt(at(hours)).map(({ kid }) => kid)

  it('are none before the first one came', () => {
    expect([keys.signerAt(at(0)), keys.publicKeysAt(at(0)), keys.all()]).toEqual([undefined, [], []])
  })

  it('sign from their time on, and are published before it (IS-07)', () => {
    feed(first)
    expect([signerAt(-1), signerAt(0), signerAt(1_000)]).toEqual([undefined, first.kid, first.kid])
    expect(publishedAt(-1)).toEqual([first.kid])
    expect(keys.signerAt(at(0))).toMatchObject({ kid: first.kid, alg: 'ES256' })
  })

  it('hand over to the newest that is active, whichever came first', () => {
    for (const order of [[first, second] as const, [second, first] as const]) {
      for (const value of order) feed(value, value === first ? IDS.signingKey : SECOND)
      expect([signerAt(1), signerAt(2)]).toEqual([first.kid, second.kid])
      expect(keys.signerAt(at(2))?.alg).toBe('EdDSA')
    }
  })

  it('sign no more once retired, and verify until their last token has ended', () => {
    feed({ ...first, retiredFrom: iso(2), verifiesUntil: iso(26) })
    feed(second, SECOND)
    expect([signerAt(1.9), signerAt(2)]).toEqual([first.kid, second.kid])
    expect(publishedAt(25.9)).toEqual([first.kid, second.kid])
    expect(publishedAt(26)).toEqual([second.kid])
  })

  it('sign not at all when the only one is retired', () => {
    feed({ ...first, retiredFrom: iso(2) })
    expect(signerAt(2)).toBeUndefined()
  })

  it('that another key encryption key protects are told of, verify, and do not sign', async () => {
    const foreign = await makeSigningKey('ES256', Buffer.alloc(32, 9), new Date(at(3)))
    feed(first)
    feed(foreign, SECOND)
    expect(unusable).toEqual([foreign.kid])
    expect(signerAt(4)).toBe(first.kid)
    expect(publishedAt(4)).toEqual([first.kid, foreign.kid])
  })

  it('whose private part was put under another name do not sign', () => {
    feed({ ...first, encryptedPrivateKey: second.encryptedPrivateKey })
    expect([signerAt(1), unusable]).toEqual([undefined, [first.kid]])
  })

  it('show public parts only', () => {
    feed(first)
    expect(keys.publicKeysAt(at(0))).toEqual([first.publicJwk])
    expect(JSON.stringify(keys.publicKeysAt(at(0)))).not.toContain('"d"')
  })

  it('are forgotten when they are deleted', () => {
    feed(first)
    feed(null)
    expect([signerAt(1), publishedAt(1), keys.all()]).toEqual([undefined, [], []])
  })
})
