import { describe, expect, it } from 'vitest'

import { eventually } from './eventually.js'

describe('eventually', () => {
  it('gives what the first try gave that did not throw', async () => {
    let tries = 0
    const attempt = async () => {
      tries += 1
      if (tries < 3) throw new Error('not yet')
      return tries
    }
    await expect(eventually(attempt, { everyMs: 1 })).resolves.toBe(3)
  })

  it('throws what the last try threw when the time is over', async () => {
    let tries = 0
    const attempt = () => {
      tries += 1
      throw new Error(`try ${tries}`)
    }
    const failure = await eventually(attempt, { withinMs: 30, everyMs: 5 }).catch((cause: unknown) => cause)
    expect(tries).toBeGreaterThan(1)
    expect(failure).toEqual(new Error(`try ${tries}`))
  })
})
