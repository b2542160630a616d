import { setTimeout as pause } from 'node:timers/promises'

import { keySourceOf } from '@cambio/contracts'
import { hostileIdp, type HostileIdp, testKey } from '@cambio/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { RegistrationAssessor } from '../discovery/assess-registration.js'
import { ProviderDocuments } from '../discovery/provider-documents.js'
import { PurgeKeySet } from '../key-sets/purge-key-set.js'
import { loopbackFetcher, RegisteredKeys } from '../testing/registered-keys.js'
import { ChangeIdentityProvider } from './change-identity-provider.js'
import { EnableIdentityProvider } from './enable-identity-provider.js'
import { Announcements, type RegistrationParts } from './identity-provider.parts.js'

/** A feed that takes its time, as long as a test wants. */
class SlowFeed extends Announcements {
  constructor(private readonly arrival: () => Promise<unknown> = () => Promise.resolve()) {
    super()
  }

  override async identityProvider(): Promise<void> {
    await this.arrival()
  }

  override keySet(): void {
    return undefined
  }
}

/** A point at which one writer waits until the test lets it go on. */
class Halt {
  readonly #reached = Promise.withResolvers<undefined>()
  readonly #released = Promise.withResolvers<undefined>()

  readonly wait = async (): Promise<void> => {
    this.#reached.resolve(undefined)
    await this.#released.promise
  }

  async reached(): Promise<void> {
    await this.#reached.promise
  }

  release(): void {
    this.#released.resolve(undefined)
  }
}

/** The same store, to a writer that has to wait before each `replace`. */
function slowed<T extends RegistrationParts['providers'] | RegistrationParts['keySets']>(store: T, wait: () => Promise<unknown>): T {
  return new Proxy(store, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name, target)
      if (typeof member !== 'function') return member
      return async (...given: unknown[]) => {
        if (name === 'replace') await wait()
        return Reflect.apply(member, target, given) as unknown
      }
    },
  })
}

const given = Array.from({ length: 6 }, (_, n) => testKey('ES256', { name: `rq${n}` }).publicJwk)

let keys: RegisteredKeys
let idp: HostileIdp
let parts: RegistrationParts
let id: string

beforeEach(async () => {
  keys = await RegisteredKeys.open()
  idp = await hostileIdp()
  const { fetcher, policy } = loopbackFetcher()
  const assessor = new RegistrationAssessor(new ProviderDocuments(fetcher, policy), 'http://localhost:8400')
  const { providers, keySets, clock } = keys
  parts = { providers, keySets, clock, assessor, announcements: new SlowFeed() }
  id = await keys.add(idp, { wellKnownUrl: idp.wellKnownUrl, allowedAlgorithms: ['RS256', 'ES256'] })
})
afterEach(async () => {
  await keys.close()
  await idp.stop()
})

/** Changes the keys to the n-th of those that are given. */
const give = (n: number, others: Partial<RegistrationParts> = {}) =>
  new ChangeIdentityProvider({ ...parts, ...others }).execute(
    keys.org,
    id,
    { wellKnownUrl: null, jwksUri: null, jwks: { keys: [given[n] ?? {}] } },
    'any',
  )
const move = (to: string, others: Partial<RegistrationParts> = {}) =>
  new ChangeIdentityProvider({ ...parts, ...others }).execute(keys.org, id, { wellKnownUrl: null, jwksUri: to }, 'any')
const purge = () => new PurgeKeySet(keys.keySets, () => undefined).execute(keys.org, id)

/** What the registration asks for and what the key set holds, with whether both belong to one source. */
async function pair(): Promise<{ asked: unknown; held: unknown; agree: boolean }> {
  const [provider, keySet] = [await keys.provider(id), await keys.keySet(id)]
  return {
    asked: provider.jwks?.keys.map((key) => key['kid']) ?? provider.jwksUri,
    held: keySet.keys.map(({ kid }) => kid),
    agree: provider.keySource === keySet.keySource,
  }
}

describe('a change of keys that meets another one', () => {
  it('does not overwrite the keys of a later change that was done before its own keys were written', async () => {
    const halt = new Halt()
    const slow = give(1, { keySets: slowed(keys.keySets, halt.wait) })
    await halt.reached()
    expect(await give(2)).toMatchObject({ ok: true })
    halt.release()
    expect(await slow).toMatchObject({ ok: true, value: { value: { jwks: { keys: [{ kid: 'rq1' }] } } } })
    expect(await pair()).toEqual({ asked: ['rq2'], held: ['rq2'], agree: true })
  })

  it('writes its keys before it waits for the feed, and nothing after that', async () => {
    const halt = new Halt()
    const slow = give(1, { announcements: new SlowFeed(halt.wait) })
    await halt.reached()
    expect(await pair()).toEqual({ asked: ['rq1'], held: ['rq1'], agree: true })
    expect(await give(2)).toMatchObject({ ok: true })
    halt.release()
    await slow
    expect(await pair()).toEqual({ asked: ['rq2'], held: ['rq2'], agree: true })
  })

  it('that is refused for it has written no keys, so that a purge meanwhile stays', async () => {
    const halt = new Halt()
    const refused = give(1, { providers: slowed(keys.providers, halt.wait) })
    await halt.reached()
    await new EnableIdentityProvider(parts).execute(keys.org, id, false)
    await purge()
    halt.release()
    expect(await refused).toEqual({ ok: false, failure: { code: 'revision_conflict' } })
    expect(await pair()).toEqual({ asked: idp.jwksUri, held: [], agree: true })
  })

  it('that is refused for it leaves the keys as they are', async () => {
    const halt = new Halt()
    const refused = give(1, { providers: slowed(keys.providers, halt.wait) })
    await halt.reached()
    expect(await pair()).toEqual({ asked: idp.jwksUri, held: ['a1'], agree: true })
    await give(2)
    halt.release()
    expect(await refused).toEqual({ ok: false, failure: { code: 'revision_conflict' } })
    expect(await pair()).toEqual({ asked: ['rq2'], held: ['rq2'], agree: true })
  })
})

describe('a change of keys that meets a refresh', () => {
  const formerKeys = () => keys.keySets.get(keys.org, id)

  it('writes over what one of the former source brought late', async () => {
    const halt = new Halt()
    const slow = give(1, { keySets: slowed(keys.keySets, halt.wait) })
    await halt.reached()
    const former = (await formerKeys())!
    await keys.keySets.replace(keys.org, id, former.rev, { ...former.value, freshForSeconds: 600 })
    expect(await pair()).toEqual({ asked: ['rq1'], held: ['a1'], agree: false })
    halt.release()
    await slow
    expect(await pair()).toEqual({ asked: ['rq1'], held: ['rq1'], agree: true })
  })

  it('leaves it be when it was faster with the new source, and a purge after it too', async () => {
    const halt = new Halt()
    const to = `${idp.jwksUri}?moved`
    const slow = move(to, { keySets: slowed(keys.keySets, halt.wait) })
    await halt.reached()
    keys.clock.advance(30_000)
    expect(await keys.refresher.refresh(keys.org, id, 'requested')).toMatchObject({ outcome: 'refreshed' })
    await purge()
    halt.release()
    expect(await slow).toMatchObject({ ok: true })
    expect(await pair()).toEqual({ asked: to, held: [], agree: true })
  })

  it('ends with the keys of the registration although a fetch of the former address wins a race with it', async () => {
    const former = await keys.keySets.get(keys.org, id)
    expect(await give(1)).toMatchObject({ ok: true })
    const now = (await keys.keySets.get(keys.org, id))!
    await keys.keySets.replace(keys.org, id, now.rev, former!.value)
    expect((await pair()).agree).toBe(false)
    expect(await keys.refresher.refresh(keys.org, id, 'scheduled')).toMatchObject({ outcome: 'refreshed' })
    expect(await pair()).toEqual({ asked: ['rq1'], held: ['rq1'], agree: true })
  })
})

describe('many changes of keys at the same time', () => {
  it.each([1, 2, 3, 5])('begun %i ms apart, end with a registration and a key set that agree', async (apartMs) => {
    for (let round = 0; round < 5; round += 1) {
      const results = await Promise.all(
        given.map(async (_, n) => {
          await pause(n * apartMs)
          // Who begins first takes longest, so that what is written last was begun first.
          const late = (): Promise<unknown> => pause((given.length - n) * 4 + ((n * 3 + round) % 5))
          return give((n + round) % given.length, { announcements: new SlowFeed(late), keySets: slowed(keys.keySets, late) })
        }),
      )
      expect(results.some(({ ok }) => ok)).toBe(true)
      const { asked, held, agree } = await pair()
      expect({ held, agree }).toEqual({ held: asked, agree: true })
      expect((await keys.keySet(id)).keySource).toBe(
        keySourceOf({ issuer: idp.issuer, inlineKeys: given.filter(({ kid }) => kid === (asked as string[])[0]) }),
      )
    }
  })
})
