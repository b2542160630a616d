import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'

import { eventually } from '../observing/eventually.js'
import { askNats } from './ask-nats.js'
import { startNatsCluster, type TestNatsCluster, type TestNatsNode } from './start-nats-cluster.js'

interface StreamInfo {
  readonly state?: { readonly messages: number }
  readonly cluster?: { readonly leader: string; readonly replicas: readonly { readonly current: boolean; readonly offline?: boolean }[] }
}

const portOf = ({ url }: TestNatsNode): number => Number(new URL(url).port)

describe('a private NATS cluster', () => {
  let cluster: TestNatsCluster | undefined
  afterEach(async () => {
    await cluster?.stop()
  })

  it('keeps a stream on all nodes over a kill, a pause and a wipe of one of them', async () => {
    cluster = await startNatsCluster()
    const { nodes } = cluster
    const ask = async (node: TestNatsNode, what: string, body = '{}'): Promise<StreamInfo> =>
      eventually(
        async () => {
          const answer = (await askNats(portOf(node), `$JS.API.STREAM.${what}.things`, body)) ?? 'silence'
          expect(answer).not.toContain('"error"')
          return JSON.parse(answer) as StreamInfo
        },
        { withinMs: 20_000, everyMs: 100 },
      )
    const healthy = async (asked: TestNatsNode): Promise<string> =>
      eventually(
        async () => {
          const { state, cluster: group } = await ask(asked, 'INFO')
          expect(state?.messages).toBeGreaterThan(0)
          expect(group?.replicas.filter(({ current, offline }) => current && offline !== true)).toHaveLength(2)
          return group!.leader
        },
        { withinMs: 30_000, everyMs: 200 },
      )
    await ask(nodes[0]!, 'CREATE', JSON.stringify({ name: 'things', subjects: ['things.*'], storage: 'file', num_replicas: 3 }))
    let attempt = 0
    await eventually(
      async () => {
        attempt += 1
        expect((await askNats(portOf(nodes[attempt % 3]!), 'things.one', 'x')) ?? 'silence').toContain('"seq"')
      },
      { withinMs: 30_000, everyMs: 100 },
    )
    const leader = await healthy(nodes[2]!)
    const led = nodes.find(({ name }) => name === leader)!
    const [other, another] = nodes.filter((node) => node !== led) as [TestNatsNode, TestNatsNode]

    await led.kill()
    await eventually(
      async () => {
        const { cluster: group } = await ask(other, 'INFO')
        expect(group?.leader).toMatch(/^n/)
        expect(group?.leader).not.toBe(leader)
      },
      { withinMs: 20_000, everyMs: 100 },
    )
    await led.restart()
    await healthy(led)

    await other.pause()
    expect(await Promise.race([askNats(portOf(other), '$JS.API.INFO', ''), sleep(300, 'silent')])).toBe('silent')
    other.resume()
    await cluster.ready()

    // A node that has nothing must not meet one that is behind: then there is no majority that knows everything.
    await healthy(other)
    await another.wipe()
    await healthy(another)
  }, 90_000)
})
