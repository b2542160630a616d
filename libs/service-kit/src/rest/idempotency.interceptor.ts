import { type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common'
import { type FastifyReply, type FastifyRequest } from 'fastify'
import { lastValueFrom, type Observable, of } from 'rxjs'

import { callerOfRequest } from '../admin-guard/admin.guard.js'
import { type Log } from '../logging/logger.js'
import { problem } from '../problems/problem.js'
import { isIdempotent, REPLAYED_HEADER } from './idempotent.decorator.js'
import { type IdempotencyRecords } from './idempotency-records.js'
import { digest, openAnswer, sealAnswer } from './sealed-answer.js'

const keptMs = 24 * 60 * 60 * 1000

/** Longer than any request may take; then its process has died and a repetition may take over. */
const pendingMs = 60_000

const keyForm = /^[\x21-\x7e]{1,255}$/

/** Headers of an answer that are given again with it. */
const keptHeaders = ['location', 'etag'] as const

interface KeptAnswer {
  readonly headers: Readonly<Record<string, string>>
  readonly body: unknown
}

/**
 * Gives the same answer to a repeated `POST` for 24 h (draft-ietf-httpapi-idempotency-key-header): only routes with
 * `@Idempotent`, only requests with the header, and only what succeeded; a refused request may be corrected and sent again.
 */
export class IdempotencyInterceptor implements NestInterceptor {
  constructor(
    private readonly records: IdempotencyRecords,
    private readonly log: Log,
  ) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    if (!isIdempotent(context.getHandler())) return next.handle()
    const request = context.switchToHttp().getRequest<FastifyRequest>()
    const reply = context.switchToHttp().getResponse<FastifyReply>()
    const idempotencyKey = keyOf(request)
    if (idempotencyKey === undefined) return next.handle()
    const answer = await this.#once(idempotencyKey, request, reply, () => lastValueFrom(next.handle(), { defaultValue: undefined }))
    return of(answer)
  }

  async #once(idempotencyKey: string, request: FastifyRequest, reply: FastifyReply, work: () => Promise<unknown>): Promise<unknown> {
    const { store, secret } = this.records
    const key = digest(secret, callerOfRequest(request)?.clientId ?? '', request.method, request.url, idempotencyKey)
    const fingerprint = digest(secret, JSON.stringify(request.body ?? null))
    const now = Date.now()
    const claim = await store.claim({ key, fingerprint, expiresAt: new Date(now + keptMs), pendingUntil: new Date(now + pendingMs) })
    if (claim.state !== 'claimed') {
      if (claim.fingerprint !== fingerprint) throw problem('idempotency_key_reused')
      if (claim.state === 'pending') throw problem('idempotency_in_progress', { retryAfterSeconds: 1 })
      const kept = openAnswer(secret, idempotencyKey, key, claim.answer) as KeptAnswer
      void reply.headers({ ...kept.headers, [REPLAYED_HEADER]: 'true' })
      return kept.body
    }
    return this.#first(idempotencyKey, key, claim.claim, reply, work)
  }

  async #first(idempotencyKey: string, key: string, claim: string, reply: FastifyReply, work: () => Promise<unknown>): Promise<unknown> {
    const { store, secret } = this.records
    let body: unknown
    try {
      body = await work()
    } catch (error) {
      await store.release(key, claim).catch((failure: unknown) => {
        this.log.warn({ error: failure }, 'an idempotency record could not be given free; it frees itself later')
      })
      throw error
    }
    const kept: KeptAnswer = { headers: headersOf(reply), body: body ?? null }
    // What was done is done: the caller gets its answer also if it cannot be kept.
    await store.complete(key, claim, sealAnswer(secret, idempotencyKey, key, kept)).catch((failure: unknown) => {
      this.log.error({ error: failure }, 'an answer could not be kept for repetitions')
    })
    return body
  }
}

function keyOf(request: FastifyRequest): string | undefined {
  const header = request.headers['idempotency-key']
  if (header === undefined) return undefined
  if (typeof header === 'string' && keyForm.test(header)) return header
  throw problem('malformed_header', { detail: 'Idempotency-Key must be 1 to 255 visible ASCII characters.' })
}

function headersOf(reply: FastifyReply): Record<string, string> {
  return Object.fromEntries(
    keptHeaders.flatMap((name) => {
      const value = reply.getHeader(name)
      return typeof value === 'string' ? [[name, value]] : []
    }),
  )
}
