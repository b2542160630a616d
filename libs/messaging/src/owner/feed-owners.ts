import { confirmFeedEntryOf, type FeedEntry, type FeedKind, type RpcResult, type ServiceName } from '@cambio/contracts'
import { Controller, Inject, type Type } from '@nestjs/common'

import { AnswersRpc } from '../rpc/answers-rpc.decorator.js'
import { failed } from '../rpc/rpc-wire.js'
import { type FeedOwnerStatus } from './feed-owner.js'

/** An owner of whatever kind. */
export interface AnyFeedOwner {
  readonly kind: FeedKind
  start(): void
  stop(): Promise<void>
  confirm(org: string, id: string, held?: { readonly rev: number; readonly content: string }): Promise<FeedEntry<unknown> | null>
  status(): FeedOwnerStatus
}

/** All kinds that one service owns. An injection token of its own. */
export class FeedOwners {
  readonly #owners: ReadonlyMap<FeedKind, AnyFeedOwner>

  constructor(owners: readonly AnyFeedOwner[]) {
    this.#owners = new Map(owners.map((owner) => [owner.kind, owner]))
    if (this.#owners.size !== owners.length) throw new TypeError('a kind has one owner in a process')
  }

  start(): void {
    for (const owner of this.#owners.values()) owner.start()
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#owners.values()].map(async (owner) => owner.stop()))
  }

  of(kind: FeedKind): AnyFeedOwner | undefined {
    return this.#owners.get(kind)
  }

  status(): readonly FeedOwnerStatus[] {
    return [...this.#owners.values()].map((owner) => owner.status())
  }
}

interface ConfirmQuestion {
  readonly kind: FeedKind
  readonly org: string
  readonly id: string
  readonly held?: { readonly rev: number; readonly content: string } | undefined
}

/** The Nest controller by which a service answers replicas that miss an entry; it needs `FeedOwners` as a provider. */
export function feedConfirmController(service: ServiceName): Type {
  @Controller()
  class FeedConfirmController {
    constructor(@Inject(FeedOwners) private readonly owners: FeedOwners) {}

    @AnswersRpc(confirmFeedEntryOf(service))
    async confirm({ kind, org, id, held }: ConfirmQuestion): Promise<RpcResult<{ entry: unknown }>> {
      const owner = this.owners.of(kind)
      if (owner === undefined) return failed('not_the_owner')
      return { ok: true, value: { entry: await owner.confirm(org, id, held) } }
    }
  }
  return FeedConfirmController
}
