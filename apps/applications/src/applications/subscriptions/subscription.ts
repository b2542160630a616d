import { type ApiId, newId, subscriptionStatusSchema } from '@cambio/contracts'
import { resourceMembers } from '@cambio/service-kit'
import { z } from 'zod'

import { type Subscription, timesOf } from '../application.js'

/** The plan when none is chosen: no quota of the subscription's own. */
export const defaultPlan = 'unlimited'

const planSchema = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'must be 1–64 of A–Z, a–z, 0–9, ., _ and -')
  .describe(`Default ${defaultPlan}.`)

export const subscriptionDraftSchema = z
  .strictObject({
    api: z.string().min(1).max(64).describe('Id or handle of a published API of the organization.'),
    plan: planSchema.optional(),
  })
  .meta({ id: 'SubscriptionDraft' })

export type SubscriptionDraft = z.output<typeof subscriptionDraftSchema>

/** The body of a patch: an administrator blocks a subscription and takes the block away. */
export const subscriptionPatchSchema = z
  .strictObject({ status: z.enum(['ACTIVE', 'BLOCKED']).optional(), plan: planSchema.optional() })
  .meta({ id: 'SubscriptionPatch' })

export type SubscriptionPatch = z.output<typeof subscriptionPatchSchema>

export const subscriptionAnswerSchema = z
  .object({ ...resourceMembers, api: z.string().describe('Id of the API.'), plan: z.string(), status: subscriptionStatusSchema })
  .meta({ id: 'Subscription' })

export type SubscriptionAnswer = z.output<typeof subscriptionAnswerSchema>

/** A new subscription is active at once. */
export function createSubscription(api: ApiId, plan: string | undefined, now: Date): Subscription {
  return { id: newId('subscription'), api, plan: plan ?? defaultPlan, status: 'ACTIVE', ...timesOf(now) }
}

export function changeSubscription(present: Subscription, { status, plan }: SubscriptionPatch, now: Date): Subscription {
  return { ...present, status: status ?? present.status, plan: plan ?? present.plan, ...timesOf(now, present.createdAt) }
}

/** A subscription as it is answered; its revision is the application's. */
export function subscriptionAnswer({ id, api, plan, status, createdAt, updatedAt }: Subscription, rev: number): SubscriptionAnswer {
  return { id, rev, createdAt, updatedAt, api, plan, status }
}
