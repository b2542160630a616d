import { describe, expect, it } from 'vitest'

import { hasSample } from './metrics-text.js'

const page = [
  '# TYPE cambio_feed_alert gauge',
  'cambio_feed_alert{service="applications",kind="apis",reason="stale"} 0',
  'cambio_feed_alert{service="applications",kind="apis",reason="unpublished"} 1',
  'cambio_feed_alert_more{reason="stale"} 1',
].join('\n')

describe('a sample of a metric', () => {
  it('is there when it is 1 with these labels among others', () => {
    expect(hasSample(page, 'cambio_feed_alert', { reason: 'unpublished' })).toBe(true)
    expect(hasSample(page, 'cambio_feed_alert', { reason: 'unpublished', kind: 'apis' })).toBe(true)
  })

  it.each([[{ reason: 'stale' }], [{ reason: 'unpublished', kind: 'organizations' }], [{ reason: 'un' }]])(
    'is not there when it is 0, or of other labels: %j',
    (labels) => {
      expect(hasSample(page, 'cambio_feed_alert', labels)).toBe(false)
    },
  )
})
