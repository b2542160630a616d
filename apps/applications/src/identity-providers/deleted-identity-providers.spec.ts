import { anIdp, eventually, feedEntry } from '@cambio/testing'
import { createLog } from '@cambio/service-kit'
import { afterEach, describe, expect, it, vi } from 'vitest'

import { DeletedIdentityProviders } from './deleted-identity-providers.js'

const log = createLog({ service: 'applications', level: 'error', write: () => undefined })
const deletion = feedEntry('identity-providers', null, { rev: 2 })

describe('identity providers that were deleted', () => {
  let watched: DeletedIdentityProviders | undefined

  afterEach(async () => {
    vi.useRealTimers()
    await watched?.stop()
  })

  it('are forgotten, and those that live are not', async () => {
    const forgotten: string[] = []
    watched = new DeletedIdentityProviders(async (org, id) => forgotten.push(`${org} ${id}`), log)
    watched.apply(feedEntry('identity-providers', anIdp()))
    watched.apply(deletion)
    await eventually(() => {
      expect(forgotten).toEqual([`${deletion.org} ${deletion.id}`])
    })
  })

  it('are forgotten again after a failure', async () => {
    let tries = 0
    watched = new DeletedIdentityProviders(async () => {
      tries += 1
      if (tries === 1) throw new Error('the database is away')
    }, log)
    watched.apply(deletion)
    await eventually(() => {
      expect(tries).toBe(2)
    })
  })

  it('are looked for a second time, for references that were made in the same moment', async () => {
    vi.useFakeTimers()
    let times = 0
    watched = new DeletedIdentityProviders(async () => {
      times += 1
    }, log)
    watched.apply(deletion)
    await vi.advanceTimersByTimeAsync(100)
    expect(times).toBe(1)
    await vi.advanceTimersByTimeAsync(5_000)
    expect(times).toBe(2)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(times).toBe(2)
  })

  it('are left alone once the service stops', async () => {
    let times = 0
    watched = new DeletedIdentityProviders(async () => {
      times += 1
    }, log)
    await watched.stop()
    watched.apply(deletion)
    await new Promise((resolve) => setImmediate(resolve))
    expect(times).toBe(0)
  })
})
