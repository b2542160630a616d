import { AsyncLocalStorage } from 'node:async_hooks'

/** What everything that happens for one request has in common. */
export interface RequestContext {
  /** Made by this server; also in the answer's `X-Request-Id` and in the audit record. */
  readonly requestId: string
}

/** The request that the running code works for; empty outside of requests. */
export const requestContext = new AsyncLocalStorage<RequestContext>()

/** The id of the request that the running code works for. */
export const currentRequestId = (): string | undefined => requestContext.getStore()?.requestId
