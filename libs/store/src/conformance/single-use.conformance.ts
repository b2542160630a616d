import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'

import { at, useStore, type StoreConformance } from './use-store.js'

const inOneMinute = (): Date => new Date(Date.now() + 60_000)

export function singleUseConformance(conformance: StoreConformance): void {
  describe('single use', () => {
    const using = useStore(conformance)

    it('lets exactly one of 50 claims of one key win', async () => {
      const claims = Array.from({ length: 50 }, (_, index) => at(using.stores, index).singleUse().claim('jti', 'k', inOneMinute()))
      expect((await Promise.all(claims)).filter(Boolean)).toHaveLength(1)
      expect(await using.store.singleUse().claim('jti', 'k', inOneMinute())).toBe(false)
    })

    it('keeps equal keys of different namespaces apart (IS-17)', async () => {
      const singleUse = using.store.singleUse()
      for (const namespace of ['jti', 'nonce', 'code']) expect(await singleUse.claim(namespace, 'k', inOneMinute())).toBe(true)
      for (const namespace of ['jti', 'nonce', 'code']) expect(await singleUse.claim(namespace, 'k', inOneMinute())).toBe(false)
    })

    it('does not confuse a namespace and a key that look alike when put together', async () => {
      const singleUse = using.store.singleUse()
      expect(await singleUse.claim('a', 'b:c', inOneMinute())).toBe(true)
      expect(await singleUse.claim('a:b', 'c', inOneMinute())).toBe(true)
      expect(await singleUse.claim('a', 'B:C', inOneMinute())).toBe(true)
    })

    it('forgets a key when it has expired', async () => {
      const singleUse = using.store.singleUse()
      expect(await singleUse.claim('jti', 'k', new Date(Date.now() + 250))).toBe(true)
      await pause(300)
      expect(await singleUse.claim('jti', 'k', inOneMinute())).toBe(true)
      expect(await singleUse.claim('jti', 'k', inOneMinute())).toBe(false)
    })

    it('does not grant what has expired already: such a record would protect from nothing', async () => {
      const singleUse = using.store.singleUse()
      expect(await singleUse.claim('jti', 'k', new Date(Date.now() - 1))).toBe(false)
      expect(await singleUse.claim('jti', 'k', new Date(Number.NaN))).toBe(false)
      expect(await singleUse.claim('jti', 'k', inOneMinute())).toBe(true)
    })
  })
}
