/**
 * Points of publishing and reconciling that a crash or a stall may separate. Only tests set the hook: to die there, or
 * to wait there while something else happens.
 */
export const feedSteps = [
  'publish.read',
  'publish.put',
  'publish.marked',
  'heal.read',
  'heal.advanced',
  'reconcile.begun',
  'reconcile.chunk',
  'reconcile.compared',
  'reconcile.completed',
] as const

export type FeedStep = (typeof feedSteps)[number]

export type FeedStepHook = (step: FeedStep) => void | Promise<void>
