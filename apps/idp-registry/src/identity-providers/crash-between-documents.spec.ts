import { captureLogs, hostileIdp, type HostileIdp, keyB } from '@cambio/testing'
import { type StoreStep } from '@cambio/store'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { RegistrationAssessor } from '../discovery/assess-registration.js'
import { ProviderDocuments } from '../discovery/provider-documents.js'
import { KeySetCollector } from '../key-sets/key-set-collector.js'
import { loopbackFetcher, RegisteredKeys } from '../testing/registered-keys.js'
import { ChangeIdentityProvider } from './change-identity-provider.js'
import { CreateIdentityProvider } from './create-identity-provider.js'
import { Announcements, type RegistrationParts } from './identity-provider.parts.js'

/** A process that dies before its n-th write of a kind: that write, and everything after it, does not happen. */
class Death {
  #at: StoreStep | undefined
  #left = 0
  #isDead = false

  readonly step = (step: StoreStep): void => {
    if (step === this.#at) this.#left -= 1
    if (this.#at !== undefined && this.#left <= 0) this.#isDead = true
    if (this.#isDead) throw new Error('the process is dead')
  }

  before(at: StoreStep, nth: number): void {
    this.#at = at
    this.#left = nth
  }

  /** The next process starts with the same data. */
  restart(): void {
    this.#at = undefined
    this.#isDead = false
  }
}

/** Nobody listens: what was written is read from the store. */
class Unheard extends Announcements {
  override async identityProvider(): Promise<void> {
    return Promise.resolve()
  }

  override keySet(): void {
    return undefined
  }
}

let death: Death
let keys: RegisteredKeys
let idp: HostileIdp
let next: HostileIdp
let parts: RegistrationParts

beforeEach(async () => {
  death = new Death()
  keys = await RegisteredKeys.open(death.step)
  idp = await hostileIdp()
  next = await hostileIdp({ keys: [keyB()] })
  const { fetcher, policy } = loopbackFetcher()
  const assessor = new RegistrationAssessor(new ProviderDocuments(fetcher, policy), 'http://localhost:8400')
  const { providers, keySets, clock } = keys
  parts = { providers, keySets, clock, assessor, announcements: new Unheard() }
})
afterEach(async () => {
  await keys.close()
  await idp.stop()
  await next.stop()
})

const create = () =>
  new CreateIdentityProvider(parts).execute(keys.org, { name: 'okta', wellKnownUrl: idp.wellKnownUrl, allowedAudiences: ['api'] })

/** The key that verifies tokens of the provider: none while registration and key set belong to different sources. */
async function countingKid(id: string): Promise<unknown> {
  const { keySource, keys: held } = await keys.keySet(id)
  return keySource === (await keys.provider(id)).keySource ? held[0]?.kid : undefined
}

/** What the collector of the next process does within its first seconds. */
async function recover(): Promise<void> {
  death.restart()
  const { providers, keySets, refresher, clock, store } = keys
  const collector = new KeySetCollector({
    providers,
    keySets,
    refresher,
    clock,
    log: captureLogs().logger,
    leases: store.leases(),
    holder: 'next',
  })
  clock.advance(20_000)
  await collector.tick()
  await collector.idle()
  await collector.stop()
}

describe('a crash between the two documents of a provider', () => {
  it('while it is created leaves nothing that means anything, and its name and issuer free', async () => {
    death.before('insert.begun', 2)
    await expect(create()).rejects.toThrow()
    death.restart()
    const page = await keys.providers.listBy(keys.org, { limit: 10 })
    expect(page).toEqual({ ok: true, value: { items: [] } })
    expect(await create()).toMatchObject({ ok: true, value: { value: { name: 'okta' } } })
  })

  it.each([
    [1, 'before anything was written', () => idp, 'a1', 'a1'],
    [2, 'once it trusts another provider', () => next, undefined, 'b1'],
  ] as const)(
    'while it is changed, before write %i (%s): never keys of the one that count for the issuer of the other',
    async (nth, _, whose, left, healed) => {
      const created = await create()
      if (!created.ok) throw new TypeError(created.failure.code)
      const { id } = created.value
      death.before('replace.begun', nth)
      await expect(new ChangeIdentityProvider(parts).execute(keys.org, id, { wellKnownUrl: next.wellKnownUrl }, 'any')).rejects.toThrow()
      death.restart()
      expect((await keys.provider(id)).issuer).toBe(whose().issuer)
      expect(await countingKid(id)).toBe(left)
      await recover()
      expect(await countingKid(id)).toBe(healed)
    },
  )

  it('while it is given keys: the collector takes them from the registration', async () => {
    const created = await create()
    if (!created.ok) throw new TypeError(created.failure.code)
    const { id } = created.value
    const given = { wellKnownUrl: null, jwksUri: null, jwks: { keys: [keyB().publicJwk] } }
    death.before('replace.begun', 2)
    await expect(new ChangeIdentityProvider(parts).execute(keys.org, id, given, 'any')).rejects.toThrow()
    expect(await countingKid(id)).toBeUndefined()
    await recover()
    expect(await countingKid(id)).toBe('b1')
    expect(await keys.keySet(id)).toMatchObject({ source: 'inline' })
  })
})
