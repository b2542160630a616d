import { z } from 'zod'

/** The form of the token endpoint, for the API's description; the pipeline parses it by its own, stricter rules. */
export const tokenFormSchema = z.object({
  grant_type: z.enum(['urn:ietf:params:oauth:grant-type:token-exchange', 'client_credentials']),
  client_id: z.string().optional(),
  client_secret: z.string().optional(),
  scope: z.string().optional().describe('Short or fully qualified scope names, separated by spaces. Left out = all that would be granted.'),
  audience: z.string().optional().describe('Identifier of an API, `urn:<org>:<api>`. May be repeated.'),
  resource: z.string().optional().describe('The same as `audience`. May be repeated.'),
  subject_token: z.string().optional().describe('A JWT of a registered identity provider; at most 16 KiB.'),
  subject_token_type: z
    .enum([
      'urn:ietf:params:oauth:token-type:jwt',
      'urn:ietf:params:oauth:token-type:id_token',
      'urn:ietf:params:oauth:token-type:access_token',
    ])
    .optional(),
  actor_token: z.string().optional(),
  actor_token_type: z.string().optional(),
  requested_token_type: z.enum(['urn:ietf:params:oauth:token-type:access_token', 'urn:ietf:params:oauth:token-type:jwt']).optional(),
})

export const tokenAnswerSchema = z
  .object({
    access_token: z.string(),
    issued_token_type: z.string().optional(),
    token_type: z.literal('Bearer'),
    expires_in: z.int(),
    scope: z.string().optional(),
  })
  .meta({ id: 'TokenAnswer' })

export const oauthErrorSchema = z
  .object({
    error: z.enum([
      'invalid_request',
      'invalid_client',
      'unauthorized_client',
      'unsupported_grant_type',
      'invalid_grant',
      'invalid_target',
      'invalid_scope',
      'temporarily_unavailable',
      'server_error',
    ]),
    error_description: z.string(),
  })
  .meta({ id: 'OAuthError' })
