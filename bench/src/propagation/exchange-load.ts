// A process of its own, so that the load does not hold up the event loop that measures. It loads as its first message orders, until a
// second one comes; then it says what it did and ends. It ends with its parent too.
import autocannon from 'autocannon'

import { type LoadOrder, type LoadOutcome } from './load-order.js'

process.once('message', (order: LoadOrder) => {
  const requests = order.requests.map(({ path, headers, body }) => ({ method: 'POST' as const, path, headers: { ...headers }, body }))
  const running = order.urls.map((url) => autocannon({ url, connections: order.connections, duration: 3600, requests }))
  process.once('message', () => {
    for (const instance of running) (instance as unknown as { stop(): void }).stop()
    void Promise.all(running).then((results) => {
      const outcome: LoadOutcome = {
        perSecond: results.reduce((sum, result) => sum + result['2xx'] / result.duration, 0),
        failures: results.reduce((sum, result) => sum + result.non2xx + result.errors + result.timeouts, 0),
      }
      process.send?.(outcome, () => {
        process.exit(0)
      })
    })
  })
})
process.once('disconnect', () => process.exit(0))
