import { mkdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

import { aDirectory, startChild } from '../testing/store-child-process.js'
import { StoreOpenError } from '../port/store.errors.js'
import { REPLICA_SLOTS, takeReplicaSlot } from './replica-slot.js'

async function aHolder(directory: string): Promise<{ slot: unknown; kill(): Promise<unknown>; release(): Promise<unknown> }> {
  const child = startChild('holdSlot', { directory })
  const slot = await child.nextReport()
  return {
    slot,
    kill: async () => {
      child.process.kill('SIGKILL')
      return child.ended
    },
    release: async () => {
      child.process.stdin.write('go\n')
      return child.ended
    },
  }
}

it('gives each process of a service a replica file of its own, also when they start together', async () => {
  const directory = join(aDirectory(), 'made', 'on the way')
  const holders = await Promise.all([aHolder(directory), aHolder(directory), aHolder(directory)])
  expect(holders.map(({ slot }) => slot).sort()).toEqual([1, 2, 3])
  expect((statSync(join(directory, 'replica-2.db-lock')).mode & 0o777).toString(8)).toBe('600')
})

it('gives the file of a process that was killed or has ended to the next one, and never one that is held', async () => {
  const directory = aDirectory()
  const first = await aHolder(directory)
  const second = await aHolder(directory)
  const third = await aHolder(directory)
  expect([first.slot, second.slot, third.slot]).toEqual([1, 2, 3])
  await second.kill()
  expect((await aHolder(directory)).slot).toBe(2)
  await first.release()
  const own = takeReplicaSlot(directory)!
  expect(own).toMatchObject({ number: 1, file: join(directory, 'replica.db') })
  expect((await aHolder(directory)).slot).toBe(4)
  own.release()
  own.release()
  expect((await aHolder(directory)).slot).toBe(1)
})

it('is not taken twice within one process, and looking for another takes no lock away', async () => {
  const directory = aDirectory()
  const held = Array.from({ length: REPLICA_SLOTS }, () => takeReplicaSlot(directory))
  expect(held.map((slot) => slot?.number)).toEqual(Array.from({ length: 16 }, (_, index) => index + 1))
  expect(held[15]?.file).toBe(join(directory, 'replica-16.db'))
  expect(takeReplicaSlot(directory)).toBeUndefined()
  expect((await aHolder(directory)).slot).toBe(null)
  for (const slot of held) slot?.release()
  expect((await aHolder(directory)).slot).toBe(1)
})

it('passes over a lock that is no file of ours, and says it when the directory cannot be used', () => {
  const directory = aDirectory()
  writeFileSync(join(directory, 'replica.db-lock'), 'no database at all '.repeat(300))
  const slot = takeReplicaSlot(directory)
  expect(slot?.number).toBe(2)
  slot?.release()
  mkdirSync(join(directory, 'used', 'replica.db-lock'), { recursive: true })
  expect(() => takeReplicaSlot(join(directory, 'used'))).toThrow(StoreOpenError)
})
