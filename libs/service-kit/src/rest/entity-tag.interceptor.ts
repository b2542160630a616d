import { type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common'
import { type FastifyReply } from 'fastify'
import { map, type Observable } from 'rxjs'

import { entityTag } from './if-match.js'

/** Answers that are one resource (`id` and `rev`) carry its revision as `ETag`. */
export class EntityTagInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (context.getType() !== 'http') return next.handle()
    return next.handle().pipe(
      map((answer: unknown) => {
        if (isResource(answer)) void context.switchToHttp().getResponse<FastifyReply>().header('etag', entityTag(answer.rev))
        return answer
      }),
    )
  }
}

function isResource(answer: unknown): answer is { readonly id: string; readonly rev: number } {
  return (
    typeof answer === 'object' &&
    answer !== null &&
    'id' in answer &&
    typeof answer.id === 'string' &&
    'rev' in answer &&
    typeof answer.rev === 'number'
  )
}
