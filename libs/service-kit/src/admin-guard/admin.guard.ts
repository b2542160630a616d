import { type CanActivate, createParamDecorator, type ExecutionContext } from '@nestjs/common'
import { type FastifyRequest } from 'fastify'

import { auditedActionOf } from '../audit/audited.decorator.js'
import { problem, ProblemError } from '../problems/problem.js'
import { accessOf } from './access.decorators.js'
import { type AdminCaller, type OrganizationRef } from './admin-caller.js'
import { type AdminTrust } from './admin-trust.js'
import { AdminAuthorizer } from './authorize-admin.js'

interface Admitted {
  readonly caller: AdminCaller
  readonly organization: OrganizationRef | undefined
}

/** A request to an audited route, as the guard saw it. */
export interface Attempt {
  readonly action: string
  /** Who sent it, admitted or not; undefined when that could not be established. */
  readonly caller: AdminCaller | undefined
  /** The organization of the address, if the caller has access to it. */
  readonly organization: OrganizationRef | undefined
}

/** Beside the request and not in it, so that nothing a client sends can stand in for it. */
const admitted = new WeakMap<object, Admitted>()
const attempts = new WeakMap<object, Attempt>()

/** Stands before every route of every service; a route that says nothing about its access is closed. */
export class AdminGuard implements CanActivate {
  readonly #authorizer: AdminAuthorizer | undefined

  constructor(trust: AdminTrust | undefined) {
    this.#authorizer = trust === undefined ? undefined : new AdminAuthorizer(trust)
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const access = accessOf(context.getClass(), context.getHandler())
    if (access === undefined) throw problem('route_not_found')
    if (access.kind !== 'scope') return true
    if (this.#authorizer === undefined) throw new TypeError('a service with administrators’ routes provides AdminTrust')
    const request = context.switchToHttp().getRequest<FastifyRequest<{ Params: Record<string, string | undefined> }>>()
    const decision = await this.#authorizer.authorize({
      authorization: request.headers.authorization,
      scope: access.scope,
      platform: access.platform,
      handle: request.params['org'],
    })
    const action = auditedActionOf(context.getHandler())
    if (action !== undefined) attempts.set(request, { action, caller: decision.caller, organization: decision.organization })
    if (!decision.ok) throw new ProblemError(decision.problem)
    admitted.set(request, { caller: decision.caller, organization: decision.organization })
    return true
  }
}

function admittedOf(context: ExecutionContext): Admitted {
  const found = admitted.get(context.switchToHttp().getRequest())
  if (found === undefined) throw new TypeError('@Caller() and @Org() belong on routes with @RequiresScope')
  return found
}

/** A handler's parameter: the {@link AdminCaller}. */
export const Caller = createParamDecorator((_: undefined, context: ExecutionContext): AdminCaller => admittedOf(context).caller)

/** A handler's parameter: the {@link OrganizationRef} that `:org` of the address names. */
export const Org = createParamDecorator((_: undefined, context: ExecutionContext): OrganizationRef => {
  const { organization } = admittedOf(context)
  if (organization === undefined) throw new TypeError('@Org() belongs on routes below /v1/orgs/:org')
  return organization
})

/** The caller of a request that the guard admitted, for code that has only the request. */
export const callerOfRequest = (request: object): AdminCaller | undefined => admitted.get(request)?.caller

/** What a request tried, if its route is audited and the guard has seen it. */
export const attemptOfRequest = (request: object): Attempt | undefined => attempts.get(request)
