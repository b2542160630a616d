import { setTimeout as delay } from 'node:timers/promises'
import { expect, it } from 'vitest'

import { Disturbances } from './disturbances.js'

it('a disturbance explains what overlaps it at the same process, and nothing else', async () => {
  const disturbances = new Disturbances()
  const before = performance.now()
  await delay(5)
  const end = disturbances.begin('token-service-1', 'SIGSTOP')
  const during = performance.now()
  expect(disturbances.causeOf('token-service-1', during, during + 1e6)).toBe('SIGSTOP')
  await delay(5)
  end()
  await delay(5)
  const after = performance.now()
  expect(disturbances.causeOf('token-service-1', before, during)).toBe('SIGSTOP')
  expect(disturbances.causeOf('token-service-1', before, before + 1)).toBeUndefined()
  expect(disturbances.causeOf('token-service-1', after, after + 1)).toBeUndefined()
  expect(disturbances.causeOf('token-service-2', before, after)).toBeUndefined()
})
