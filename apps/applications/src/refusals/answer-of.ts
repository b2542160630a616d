import { ProblemError } from '@cambio/service-kit'
import { type Result } from '@cambio/store'

import { type Refusal } from './refusal.js'

/** What a use case gave, for the border to answer with. @throws ProblemError when it refused */
export function answerOf<T>(result: Result<T, Refusal>): T {
  if (result.ok) return result.value
  throw new ProblemError(result.error)
}
