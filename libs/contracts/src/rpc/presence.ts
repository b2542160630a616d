import { z } from 'zod'

import { SERVICES } from '../feed/kinds.js'

/** Where every process says every few seconds which kinds it holds. Whoever wants to know how many there are listens. */
export const PRESENCE_SUBJECT = 'cambio.probe.presence.v1'

/** Kinds are text here: a process of a newer version may hold one that this version does not know. */
export const presenceSchema = z.object({
  service: z.enum(SERVICES),
  replica: z.string().min(1).max(128),
  kinds: z.array(z.string().max(64)).max(64),
  /** The last word of a process that ends in good order. */
  leaving: z.literal(true).optional(),
})

export type Presence = z.infer<typeof presenceSchema>
