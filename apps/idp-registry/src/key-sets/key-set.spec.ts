import { keySetSchema, keySourceOf } from '@cambio/contracts'
import { anIdp, keyA, keyB } from '@cambio/testing'
import { acceptKeySet } from '@cambio/token-trust'
import { describe, expect, it } from 'vitest'

import {
  attempted,
  collectedKeySet,
  failedRefresh,
  hasSameKeys,
  inlineKeySet,
  keySetFor,
  publicKeySet,
  purged,
  refreshed,
} from './key-set.js'

const at = new Date('2026-11-01T10:00:00.000Z')
const later = new Date('2026-11-01T10:05:00.000Z')
const keysA = acceptKeySet({ keys: [keyA().publicJwk] }).keys
const keysB = acceptKeySet({ keys: [keyB().publicJwk] }).keys
const { keySource } = anIdp()
const collected = collectedKeySet(keysA, { keySource, freshForSeconds: 600, at })

describe('a key set', () => {
  it('shows others what the contract names, and no more', () => {
    expect(publicKeySet(collected)).toEqual({
      source: 'uri',
      keySource,
      keys: [keyA().publicJwk],
      verifiedAt: at.toISOString(),
      freshForSeconds: 600,
      attemptedAt: at.toISOString(),
      lastFailure: null,
    })
    expect(keySetSchema.parse(publicKeySet(inlineKeySet(keysA, { keySource, at })))).toMatchObject({ source: 'inline', attemptedAt: null })
  })

  it('keeps the last good keys when a refresh fails, and counts (JW-10)', () => {
    const failed = failedRefresh(failedRefresh(collected, 'timeout'), 'no_usable_keys')
    expect(failed).toEqual({ ...collected, lastFailure: 'no_usable_keys', consecutiveFailures: 2 })
  })

  it('loses a key that a successful refresh no longer lists', () => {
    const next = refreshed(failedRefresh(attempted(collected, later, { unknownKid: true }), 'timeout'), keysB, 300, later)
    expect(next).toEqual({
      source: 'uri',
      keySource,
      keys: [keyB().publicJwk],
      verifiedAt: later.toISOString(),
      freshForSeconds: 300,
      attemptedAt: later.toISOString(),
      lastFailure: null,
      consecutiveFailures: 0,
      unknownKidAt: later.toISOString(),
    })
  })

  it('has no keys and no age after a purge, and its attempts still count', () => {
    expect(purged(collected)).toEqual({ ...collected, keys: [], verifiedAt: null })
  })

  it('counts as empty for a registration with another source, and its attempts still count', () => {
    const stored = attempted(collected, later, { unknownKid: true })
    expect(keySetFor(anIdp(), stored)).toBe(stored)
    const moved = keySourceOf({ issuer: 'https://moved.test', inlineKeys: [keyA().publicJwk] })
    expect(keySetFor({ keySource: moved }, failedRefresh(stored, 'timeout'))).toEqual({
      source: 'inline',
      keySource: moved,
      keys: [],
      verifiedAt: null,
      freshForSeconds: 300,
      attemptedAt: later.toISOString(),
      lastFailure: null,
      consecutiveFailures: 0,
      unknownKidAt: later.toISOString(),
    })
  })

  it('is the same whatever the order of keys and members', () => {
    const [first] = collected.keys
    const turned = { keys: [keyB().publicJwk, Object.fromEntries(Object.entries(first ?? {}).reverse())] as typeof collected.keys }
    expect(hasSameKeys({ keys: [...collected.keys, keyB().publicJwk] }, turned)).toBe(true)
    expect(hasSameKeys(collected, turned)).toBe(false)
  })
})
