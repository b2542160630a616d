import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

import * as contracts from '../index.js'
import { SERVICES } from '../feed/kinds.js'
import { type RpcContract, rpcResultSchema } from './contract.js'
import { confirmFeedEntryOf } from './feed.rpc.js'
import { rpcTraffic } from './rpc-traffic.js'

const folder = join(import.meta.dirname, '../../golden/rpc/v1')
const read = (file: string): unknown => JSON.parse(readFileSync(join(folder, file), 'utf8'))
const nameOf = ({ subject }: { readonly subject: string }): string => subject.replace(/^cambio\.rpc\./, '').replace(/\.v1$/, '')
const all = rpcTraffic.map(({ contract }) => [nameOf(contract), contract] as const)

const isContract = (value: unknown): value is RpcContract =>
  typeof value === 'object' && value !== null && 'subject' in value && 'answer' in value

describe('golden messages of RPC, version 1 (added, never edited)', () => {
  it('are a request, an answer and a failure of every contract that this library exports', () => {
    const exported = Object.values(contracts as Readonly<Record<string, unknown>>).filter(isContract)
    const confirmed = SERVICES.filter((service) => Object.values(contracts.feedKinds).some(({ owner }) => owner === service))
    const names = [...exported, ...confirmed.map(confirmFeedEntryOf)].map(nameOf)
    expect(names.length).toBeGreaterThan(7)
    expect([...names].sort()).toEqual(all.map(([name]) => name).sort())
    const files = names.flatMap((name) => ['answer', 'failure', 'request'].map((what) => `${name}.${what}.json`))
    expect(readdirSync(folder).sort()).toEqual(files.sort())
  })

  it.each(all)('%s: today’s schema reads the request and loses nothing of it', (name, contract) => {
    const packet = read(`${name}.request.json`) as { readonly pattern: string; readonly data: unknown; readonly id: string }
    expect({ ...packet, data: contract.request.parse(packet.data) }).toEqual(packet)
    expect(packet.pattern).toBe(contract.subject)
  })

  it.each(all)('%s: today’s schema reads the answer and the failure and loses nothing of them', (name, contract) => {
    for (const what of ['answer', 'failure']) {
      const packet = read(`${name}.${what}.json`) as { readonly response: unknown }
      expect(rpcResultSchema(contract.answer).parse(packet.response)).toEqual(packet.response)
    }
  })

  it.each(all)('%s: a member that the asker does not know is dropped from an answer', (name, contract) => {
    const { response } = read(`${name}.answer.json`) as { readonly response: { readonly value: object } }
    const extended = { ...response, value: { ...response.value, addedLater: 1 } }
    expect(rpcResultSchema(contract.answer).parse(extended)).toEqual(response)
  })

  it.each(all)('%s: a member that the owner does not know is refused in a request, as it would be ignored', (name, contract) => {
    const { data } = read(`${name}.request.json`) as { readonly data: object }
    expect(contract.request.safeParse({ ...data, addedLater: 1 }).success).toBe(false)
  })
})
