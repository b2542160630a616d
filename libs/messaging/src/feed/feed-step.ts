/**
 * Points of publishing and reconciling that a crash or a stall may separate. Only tests set the hook: to die there, or
 * to wait there while something else happens.
 */
export type FeedStep =
  'publish.read' | 'publish.put' | 'publish.marked' | 'reconcile.begun' | 'reconcile.chunk' | 'reconcile.compared' | 'reconcile.completed'

export type FeedStepHook = (step: FeedStep) => void | Promise<void>
