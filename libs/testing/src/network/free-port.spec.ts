import { once } from 'node:events'
import { createServer } from 'node:net'
import { expect, it } from 'vitest'

import { freePort } from './free-port.js'

it('a free port can be listened at', async () => {
  const port = await freePort()
  const server = createServer().listen(port, '127.0.0.1')
  await once(server, 'listening')
  server.close()
  expect(port).toBeGreaterThan(1023)
})
