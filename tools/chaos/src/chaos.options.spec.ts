import { describe, expect, it } from 'vitest'

import { chaosOptions } from './chaos.options.js'

describe('the command line of chaos', () => {
  it('is short, on both topologies and on the server that is found, unless told otherwise', () => {
    expect(chaosOptions([])).toMatchObject({ topologies: ['single', 'cluster'], binaries: [], seed: 'cambio', report: false })
    expect(chaosOptions([]).changes).toBeLessThan(500)
  })

  it('is long for a release: 10,000 changes over both topologies, and every order of a cold start', () => {
    const { changes, topologies, coldStarts } = chaosOptions(['--long'])
    expect([changes * topologies.length, coldStarts]).toEqual([10_000, 24])
  })

  it('takes several servers, and numbers in place of the profile’s', () => {
    const args = [
      '--nats-server',
      '/a',
      '--nats-server',
      '/b',
      '--nats',
      'cluster',
      '--changes',
      '7',
      '--faults',
      '0',
      '--cold-starts',
      '1',
    ]
    expect(chaosOptions(args)).toMatchObject({ binaries: ['/a', '/b'], topologies: ['cluster'], changes: 7, faults: 0, coldStarts: 1 })
  })

  it('does the long faults alone, or after everything else, and not unless asked', () => {
    expect(chaosOptions(['--long']).endurance).toBeUndefined()
    const alone = chaosOptions(['--endurance', '--outage-seconds', '10'])
    expect(alone).toMatchObject({ topologies: [], coldStarts: 0, endurance: { outageMs: 10_000, freezeMs: 60_000 } })
    const after = chaosOptions(['--endurance', '--long'])
    expect(after).toMatchObject({ topologies: ['single', 'cluster'], coldStarts: 24, endurance: { outageMs: 600_000 } })
  })

  it.each([
    [['--outage-seconds', 'long']],
    [['--nats', 'triple']],
    [['--changes', '-1']],
    [['--changes', '1.5']],
    [['--cold-starts', '25']],
    [['--unknown']],
  ])('refuses %j', (args) => {
    expect(() => chaosOptions(args)).toThrow(TypeError)
  })
})
