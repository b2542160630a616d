import { anIdp, keyA } from '@cambio/testing'
import { describe, expect, it } from 'vitest'

import { CollectionPlan } from './collection-plan.js'
import { emptyKeySet, type KeySet } from './key-set.js'

const now = new Date('2026-11-01T10:00:00.000Z')
const one = { org: 'org_1', id: 'idp_1' }
const good: KeySet = { ...emptyKeySet(anIdp()), keys: [keyA().publicJwk], attemptedAt: now.toISOString() }

describe('the plan of a collector', () => {
  it('hands out what is due once, until its outcome is known', () => {
    const plan = new CollectionPlan(() => 0.5)
    plan.begin(one, emptyKeySet(anIdp()), now, 1_000)
    expect(plan.takeDue(999)).toEqual([])
    expect(plan.takeDue(1_000)).toEqual([one])
    expect(plan.takeDue(9_999_999)).toEqual([])
    expect(plan.has('idp_1')).toBe(true)
    plan.next(one, good, 2_000)
    expect(plan.takeDue(241_999)).toEqual([])
    expect(plan.takeDue(242_000)).toEqual([one])
    plan.later(one, 242_000, 7_000)
    expect(plan.takeDue(249_000)).toEqual([one])
  })

  it('forgets a provider that is gone', () => {
    const plan = new CollectionPlan(() => 0.5)
    plan.begin(one, emptyKeySet(anIdp()), now, 0)
    plan.drop('idp_1')
    expect([plan.takeDue(10), plan.size, plan.ids()]).toEqual([[], 0, []])
  })

  it('spreads the first attempts of many providers over their time to live (JW-19)', () => {
    let draw = 0
    const plan = new CollectionPlan(() => (draw = (draw + 0.1) % 1))
    for (let index = 0; index < 100; index += 1) plan.begin({ org: 'org_1', id: `idp_${index}` }, good, now, 0)
    const inSteps = Array.from({ length: 7 }, (_, step) => plan.takeDue((step + 21) * 10_000).length)
    expect(inSteps.filter((count) => count > 0).length).toBeGreaterThan(4)
    expect(inSteps.reduce((sum, count) => sum + count, 0)).toBe(100)
  })
})
