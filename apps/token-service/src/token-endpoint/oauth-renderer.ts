import { type OAuthErrorName, oauthErrorAnswer } from '@cambio/oauth'
import { type Problem, type ProblemRenderer, type RenderedProblem, statusOf } from '@cambio/service-kit'

/**
 * Failures below `/oauth2/` that never reach a handler (a body that is too large, a media type, a method) in the OAuth
 * endpoints' own vocabulary.
 */
export const oauthRenderer: ProblemRenderer = { pathPrefix: '/oauth2/', render: renderAsOAuth }

function renderAsOAuth(problem: Problem): RenderedProblem {
  const status = statusOf(problem.code)
  if (problem.code === 'route_not_found') {
    return { ...answerFor('invalid_request'), status, body: { error: 'invalid_request', error_description: 'There is no such endpoint.' } }
  }
  return answerFor(oauthErrorOf(problem, status))
}

function oauthErrorOf({ code }: Problem, status: number): OAuthErrorName {
  if (code === 'content_too_large') return 'request_too_large'
  if (code === 'method_not_allowed') return 'method_not_allowed'
  if (status === 429) return 'too_many_failures'
  if (status === 503) return 'temporarily_unavailable'
  return status >= 500 ? 'server_error' : 'invalid_request'
}

function answerFor(error: OAuthErrorName): RenderedProblem {
  return oauthErrorAnswer({ error, reason: error === 'server_error' ? 'service.unexpected' : 'request.malformed_form' })
}
