import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'

import { at, useStore, type StoreConformance } from './use-store.js'

export function leaseConformance(conformance: StoreConformance): void {
  describe('leases', () => {
    const using = useStore(conformance)

    it('gives a lease to exactly one of 50 that ask at the same time', async () => {
      const holders = Array.from({ length: 50 }, (_, index) => `replica-${index}`)
      const leases = await Promise.all(holders.map((holder, index) => at(using.stores, index).leases().acquire('relay', holder, 15)))
      expect(leases.filter((lease) => lease !== undefined)).toHaveLength(1)
    })

    it('says what was leased, to whom, in which term and until when', async () => {
      const before = Date.now()
      const lease = await using.store.leases().acquire('relay', 'a', 15)
      expect(lease).toEqual({ name: 'relay', holder: 'a', term: 1, expiresAt: lease?.expiresAt })
      expect(lease?.expiresAt.getTime()).toBeGreaterThanOrEqual(before + 15_000)
      expect(lease?.expiresAt.getTime()).toBeLessThanOrEqual(Date.now() + 15_000)
    })

    it('lets the holder renew, by either way and in the same term, and nobody else', async () => {
      const leases = using.store.leases()
      const first = await leases.acquire('relay', 'a', 15)
      const renewed = await leases.renew('relay', 'a', 30)
      expect(renewed?.term).toBe(1)
      expect(renewed?.expiresAt.getTime()).toBeGreaterThan(first?.expiresAt.getTime() ?? 0)
      expect((await leases.acquire('relay', 'a', 15))?.term).toBe(1)
      expect(await leases.acquire('relay', 'b', 15)).toBeUndefined()
      expect(await leases.renew('relay', 'b', 15)).toBeUndefined()
    })

    it('passes to another in a new term when it has run out, and the former holder learns it', async () => {
      const leases = using.store.leases()
      await leases.acquire('relay', 'a', 0.02)
      await pause(40)
      expect(await leases.renew('relay', 'a', 15)).toBeUndefined()
      expect((await leases.acquire('relay', 'b', 15))?.term).toBe(2)
      expect(await leases.renew('relay', 'a', 15)).toBeUndefined()
      await leases.release('relay', 'a')
      expect(await leases.acquire('relay', 'a', 15)).toBeUndefined()
      expect(await leases.renew('relay', 'b', 15)).toBeDefined()
    })

    it('passes at once when it was released, in a new term', async () => {
      const leases = using.store.leases()
      await leases.acquire('relay', 'a', 15)
      await leases.release('relay', 'a')
      expect(await leases.renew('relay', 'a', 15)).toBeUndefined()
      expect((await leases.acquire('relay', 'b', 15))?.term).toBe(2)
      await leases.release('relay', 'never-held')
    })

    it('keeps leases of different names apart, and takes no length of 0', async () => {
      const leases = using.store.leases()
      await leases.acquire('relay', 'a', 15)
      expect(await leases.acquire('key-sets', 'b', 15)).toBeDefined()
      await expect(leases.acquire('relay', 'a', 0)).rejects.toThrow(TypeError)
      await expect(leases.renew('relay', 'a', Number.NaN)).rejects.toThrow(TypeError)
    })
  })
}
