import { followedKinds } from '../feed/followers.js'
import { feedKinds, type ServiceName, SERVICES } from '../feed/kinds.js'
import { findOrganization, listBindings } from './applications.rpc.js'
import { type RpcContract } from './contract.js'
import { confirmFeedEntryOf } from './feed.rpc.js'
import { findIdentityProvider, listIdentityProviders, refreshKeySet } from './idp-registry.rpc.js'

/** A question and the services that ask it. */
export interface RpcTraffic {
  readonly contract: Pick<RpcContract, 'subject' | 'owner' | 'request' | 'answer'>
  readonly askers: readonly ServiceName[]
}

/** Services that own a kind, each of which is asked to confirm entries by those who follow one of its kinds. */
const confirmations: readonly RpcTraffic[] = [...new Set(Object.values(feedKinds).map(({ owner }) => owner))].map((owner) => ({
  contract: confirmFeedEntryOf(owner),
  askers: SERVICES.filter((service) => followedKinds[service].some((kind) => feedKinds[kind].owner === owner)),
}))

/** Every question of the system with who asks it: what NATS permits is made from this. */
export const rpcTraffic: readonly RpcTraffic[] = [
  { contract: listBindings, askers: ['idp-registry'] },
  { contract: findOrganization, askers: ['idp-registry', 'token-service'] },
  { contract: findIdentityProvider, askers: ['applications'] },
  { contract: listIdentityProviders, askers: ['applications'] },
  { contract: refreshKeySet, askers: ['token-service', 'gateway'] },
  ...confirmations,
]

/** Services that count on how many replicas a revision is applied: they ask the probe and listen for who is there. */
export const appliedProbeAskers: readonly ServiceName[] = ['idp-registry', 'applications']
