import { type StackService } from '@cambio/local-stack'

/** One thing that is done to the stack, healed at its end. Replicas and nodes are counted from 0. */
export type Fault =
  | { readonly kind: 'kill -9 of a replica'; readonly service: StackService; readonly replica: number; readonly downMs: number }
  | { readonly kind: 'kill -9 of a service'; readonly service: StackService; readonly downMs: number }
  | { readonly kind: 'SIGSTOP of a replica'; readonly service: StackService; readonly replica: number; readonly forMs: number }
  | {
      readonly kind: 'replica file tampered with'
      readonly service: StackService
      readonly replica: number
      readonly how: 'deleted' | 'truncated' | 'overwritten'
    }
  | { readonly kind: 'kill -9 of a NATS node'; readonly node: number; readonly downMs: number }
  | { readonly kind: 'SIGSTOP of a NATS node'; readonly node: number; readonly forMs: number }
  | { readonly kind: 'NATS store wiped'; readonly node: number }
  | { readonly kind: 'all NATS stores wiped' }
  | { readonly kind: 'NATS away'; readonly forMs: number }
  | { readonly kind: 'kill -9 of everything'; readonly downMs: number }
  | { readonly kind: 'NATS storage full'; readonly forMs: number }
  | { readonly kind: 'NATS restarted'; readonly node: number; readonly times: number; readonly pauseMs: number }

export type FaultKind = Fault['kind']

/** A fault and after how many changes it comes. */
export interface PlannedFault {
  readonly atChange: number
  readonly fault: Fault
}
