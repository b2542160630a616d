import { type Server } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'

import { type INestApplication } from '@nestjs/common'

import { type Readiness } from '../health/readiness.js'

/** How long `/readyz` already says no while connections are still taken, so that whoever watches it can turn away first. */
const NOTICE_MS = 250

/** After this, connections whose requests have not ended are cut. */
const DRAIN_MS = 7_000

/** Ends a service in order: not ready, then no new connections, then what is under way, then its own parts. */
export async function stopService(app: INestApplication, server: Server, readiness: Readiness): Promise<void> {
  readiness.drain()
  await delay(NOTICE_MS)
  const cut = setTimeout(() => {
    server.closeAllConnections()
  }, DRAIN_MS)
  try {
    await app.close()
  } finally {
    clearTimeout(cut)
  }
}
