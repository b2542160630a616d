import { askApplied, askDigests, type NatsLink } from '@cambio/messaging'

import { type AppliedState, forEachKind, type PublishedKind, type ReplicaDigest } from './evidence.js'

/** Questions that wait for their answers at the same time. */
const PARALLEL = 100

/** On a machine where everything runs at once an answer may take its time. */
const GATHER_MS = 600

/** What every process says of its replicas. */
export async function readDigests(link: NatsLink, gatherMs = GATHER_MS): Promise<Record<PublishedKind, readonly ReplicaDigest[]>> {
  const kinds: PublishedKind[] = []
  await forEachKind((kind) => kinds.push(kind))
  const answers = new Map(await Promise.all(kinds.map(async (kind) => [kind, await askDigests(link, kind, gatherMs)] as const)))
  return forEachKind((kind) => answers.get(kind) ?? [])
}

/** Which revision every process has applied of each of these aggregates. */
export async function readApplied(
  link: NatsLink,
  aggregates: readonly { readonly kind: PublishedKind; readonly org: string; readonly id: string }[],
): Promise<AppliedState[]> {
  const found: AppliedState[] = []
  for (let from = 0; from < aggregates.length; from += PARALLEL) {
    const answers = await Promise.all(
      aggregates.slice(from, from + PARALLEL).map(async (aggregate) => {
        const replicas = await askApplied(link, aggregate, GATHER_MS)
        return replicas.map(({ service, replica, rev }): AppliedState => ({ ...aggregate, service, replica, rev }))
      }),
    )
    found.push(...answers.flat())
  }
  return found
}
