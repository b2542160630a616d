import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'

import { type IdempotencyClaim, type IdempotencyRequest, type IdempotencyStore } from '../port/idempotency-store.js'
import { at, useStore, type StoreConformance } from './use-store.js'

const aRequest = (given: { key?: string; fingerprint?: string; expiresInMs?: number; pendingMs?: number } = {}): IdempotencyRequest => ({
  key: given.key ?? 'k',
  fingerprint: given.fingerprint ?? 'f',
  expiresAt: new Date(Date.now() + (given.expiresInMs ?? 60_000)),
  pendingUntil: new Date(Date.now() + (given.pendingMs ?? 30_000)),
})

const answer = new Uint8Array([0, 255, 128, 10, 123])

async function claimed(store: IdempotencyStore, request: IdempotencyRequest): Promise<string> {
  const claim: IdempotencyClaim = await store.claim(request)
  if (claim.state !== 'claimed') throw new Error(`the key is ${claim.state}`)
  return claim.claim
}

export function idempotencyConformance(conformance: StoreConformance): void {
  describe('idempotency', () => {
    const using = useStore(conformance)

    it('lets exactly one of 50 equal requests work (AD-17)', async () => {
      const claims = await Promise.all(Array.from({ length: 50 }, (_, index) => at(using.stores, index).idempotency().claim(aRequest())))
      expect(claims.filter(({ state }) => state === 'claimed')).toHaveLength(1)
      expect(claims.filter(({ state }) => state === 'pending')).toHaveLength(49)
    })

    it('gives the answer again, byte for byte, with the fingerprint of the first request', async () => {
      const store = using.store.idempotency()
      const claim = await claimed(store, aRequest())
      expect(await store.claim(aRequest({ fingerprint: 'other' }))).toEqual({ state: 'pending', fingerprint: 'f' })
      expect(await store.complete('k', claim, answer)).toBe(true)
      expect(await store.claim(aRequest({ fingerprint: 'other' }))).toEqual({ state: 'done', fingerprint: 'f', answer })
      expect(await store.complete('k', claim, new Uint8Array([1]))).toBe(false)
      expect(await store.claim(aRequest())).toEqual({ state: 'done', fingerprint: 'f', answer })
    })

    it('keeps an empty answer', async () => {
      const store = using.store.idempotency()
      await store.complete('k', await claimed(store, aRequest()), new Uint8Array())
      expect(await store.claim(aRequest())).toEqual({ state: 'done', fingerprint: 'f', answer: new Uint8Array() })
    })

    it('is free again after a release, for another request too', async () => {
      const store = using.store.idempotency()
      await store.release('k', await claimed(store, aRequest()))
      const second = await claimed(store, aRequest({ fingerprint: 'g' }))
      await store.complete('k', second, answer)
      expect(await store.claim(aRequest())).toEqual({ state: 'done', fingerprint: 'g', answer })
      await store.release('k', second)
      expect(await store.claim(aRequest())).toMatchObject({ state: 'done' })
    })

    it('passes on when the first has died, and then takes nothing from it', async () => {
      const store = using.store.idempotency()
      const dead = await claimed(store, aRequest({ pendingMs: 20 }))
      await pause(35)
      const next = await claimed(store, aRequest({ fingerprint: 'g' }))
      expect(await store.complete('k', dead, new Uint8Array([6]))).toBe(false)
      await store.release('k', dead)
      expect(await store.claim(aRequest())).toEqual({ state: 'pending', fingerprint: 'g' })
      expect(await store.complete('k', next, answer)).toBe(true)
    })

    it('takes a late answer while nobody has taken over', async () => {
      const store = using.store.idempotency()
      const late = await claimed(store, aRequest({ pendingMs: 10 }))
      await pause(20)
      expect(await store.complete('k', late, answer)).toBe(true)
      expect(await store.claim(aRequest())).toEqual({ state: 'done', fingerprint: 'f', answer })
    })

    it('forgets the answer when it has expired', async () => {
      const store = using.store.idempotency()
      await store.complete('k', await claimed(store, aRequest({ expiresInMs: 250 })), answer)
      await pause(300)
      expect(await store.claim(aRequest({ fingerprint: 'g' }))).toMatchObject({ state: 'claimed' })
    })
  })
}
