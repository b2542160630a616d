import { FIXED_NOW_MS } from '@cambio/testing'
import { beforeEach, describe, expect, it } from 'vitest'

import { DirectoryReadiness, type ReplicaReadiness } from './directory-readiness.js'

const READY = { ready: true, ageSeconds: 1 }
const NEVER_COMPLETE = { ready: false, ageSeconds: undefined }
const TOO_OLD = { ready: false, ageSeconds: 120 }

describe('whether decisions may be made on what the feed has brought', () => {
  let states: readonly ReplicaReadiness[]
  let looks: number
  let readiness: DirectoryReadiness
  beforeEach(() => {
    looks = 0
    readiness = new DirectoryReadiness(() => {
      looks += 1
      return states
    })
  })

  it.each([
    ['every replica is ready', [READY, READY], undefined],
    ['one has never been complete', [READY, NEVER_COMPLETE], 'service.not_ready'],
    ['one has grown too old', [READY, TOO_OLD], 'service.too_stale'],
    ['one was never complete and another is too old', [TOO_OLD, NEVER_COMPLETE], 'service.not_ready'],
  ] as const)('when %s', (_name, said, expected) => {
    states = said
    expect(readiness.missingAt(FIXED_NOW_MS)).toBe(expected)
  })

  it('is looked at anew after 100 ms, and when the clock was set back', () => {
    states = [READY]
    expect(readiness.missingAt(FIXED_NOW_MS)).toBeUndefined()
    states = [TOO_OLD]
    expect(readiness.missingAt(FIXED_NOW_MS + 99)).toBeUndefined()
    states = [READY]
    expect(readiness.missingAt(FIXED_NOW_MS + 100)).toBeUndefined()
    states = [TOO_OLD]
    expect(readiness.missingAt(FIXED_NOW_MS - 3_600_000)).toBe('service.too_stale')
    expect(looks).toBe(3)
  })

  it('is yes from the moment on at which /readyz says so', () => {
    states = [NEVER_COMPLETE]
    expect(readiness.missingAt(FIXED_NOW_MS)).toBe('service.not_ready')
    states = [READY]
    expect(readiness.missingAt(FIXED_NOW_MS)).toBeUndefined()
  })
})
