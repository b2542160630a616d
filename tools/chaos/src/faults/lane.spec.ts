import { setTimeout as delay } from 'node:timers/promises'
import { expect, it } from 'vitest'

import { Lane } from './lane.js'

it('a lane does one thing after the other, also after one that failed', async () => {
  const lane = new Lane()
  const said: string[] = []
  lane.add(async () => {
    await delay(20)
    said.push('first')
  })
  const failing = lane.exclusively(async () => {
    await delay(1)
    throw new Error('broken')
  })
  lane.add(async () => void said.push('third'))
  expect(lane.waiting).toBe(3)
  await expect(failing).rejects.toThrow('broken')
  await lane.idle()
  expect([said, lane.waiting]).toEqual([['first', 'third'], 0])
})
