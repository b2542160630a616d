import { AsyncLocalStorage } from 'node:async_hooks'

/** What everything that happens for one request has in common. */
export interface RequestContext {
  /** Made by this server; also in the answer's `X-Request-Id` and in the audit record. */
  readonly requestId: string
  /** The caller's `traceparent`, valid; absent: it came without one. */
  readonly traceparent?: string
}

/** The request that the running code works for; empty outside of requests. */
export const requestContext = new AsyncLocalStorage<RequestContext>()

/** The trace that the running code works for, as it is handed on to other services. */
export const currentTraceparent = (): string | undefined => requestContext.getStore()?.traceparent
