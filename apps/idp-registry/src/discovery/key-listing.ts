import { type KeySetAcceptance } from '@cambio/token-trust'
import { z } from 'zod'

/** A member of a key set for a person to look at; never the key itself. */
export const listedKeySchema = z
  .object({
    kid: z.string().optional(),
    kty: z.string().optional(),
    alg: z.string().optional(),
    crv: z.string().optional(),
    usable: z.boolean(),
    reason: z.string().optional().describe('Why it is not used.'),
  })
  .meta({ id: 'ListedKey' })

export type ListedKey = z.infer<typeof listedKeySchema>

/** All members of a key set in their order, the unused ones with their reason. */
export function listKeys({ keys, dropped }: KeySetAcceptance): readonly ListedKey[] {
  const usable = keys.keys.map(({ jwk }): ListedKey => listKey(jwk))
  const listed: ListedKey[] = []
  const drops = new Map(dropped.map((drop) => [drop.index, drop]))
  const total = usable.length + drops.size
  for (let index = 0; index < total; index += 1) {
    const drop = drops.get(index)
    const key =
      drop === undefined ? usable.shift() : { ...(drop.kid === undefined ? {} : { kid: drop.kid }), usable: false, reason: drop.reason }
    if (key !== undefined) listed.push(key)
  }
  return listed
}

/** A key that is used. */
export function listKey({ kid, kty, alg, crv }: { kid?: unknown; kty?: unknown; alg?: unknown; crv?: unknown }): ListedKey {
  const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)
  const members = { kid: text(kid), kty: text(kty), alg: text(alg), crv: text(crv) }
  return { ...Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)), usable: true }
}
