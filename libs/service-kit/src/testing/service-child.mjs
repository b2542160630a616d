// A whole service in a process of its own, as a service's `main.ts` has it. Its ways to fail are chosen by the first argument.
import { Module } from '@nestjs/common'

import { runService, ServiceFeed, StartRefusal } from '../index.ts'

function ChildModule() {}
Module({})(ChildModule)

await runService('idp-registry', async (configuration, log) => {
  const way = process.argv[2]
  if (way === 'refuses') throw new StartRefusal('The data directory belongs to somebody else: choose another.')
  if (way === 'breaks') throw new Error('a programmer erred')
  if (way === 'rejects-later') setTimeout(() => void Promise.reject(new Error('nobody expected this')), 300)
  const feed = way === 'with-feed' ? { feed: await ServiceFeed.open({ service: 'idp-registry', configuration, log }) } : {}
  return { module: ChildModule, api: { title: 'Child', version: '0.0.0' }, ...feed }
})

if (process.argv[2] === 'tells-what-it-loaded') process.stdout.write(`${JSON.stringify({ loaded: globalThis.loadedModules })}\n`)
