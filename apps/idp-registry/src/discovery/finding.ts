import { type ProblemCode } from '@cambio/service-kit'
import { type TokenRejectionReason, type UndecidedReason } from '@cambio/token-trust'
import { z } from 'zod'

/** Errors: a registration with one of them is refused, with this code. */
export const errorFindingCodes = [
  'invalid_url',
  'target_not_allowed',
  'unreachable',
  'tls_error',
  'fetch_timeout',
  'redirect_not_allowed',
  'bad_status',
  'too_large',
  'bad_response',
  'not_metadata',
  'issuer_mismatch',
  'issuer_reserved',
  'jwks_uri_missing',
  'jwks_host_unconfirmed',
  'no_usable_keys',
  'condition_required',
  'tenants_required',
] as const satisfies readonly ProblemCode[]

export type ErrorFindingCode = (typeof errorFindingCodes)[number]

/** Advice: a registration works in spite of it. */
export const adviceCodes = [
  'algorithms_ignored',
  'algorithm_without_key',
  'endpoint_ignored',
  'keys_dropped',
  'keys_without_kid',
  'keys_without_alg',
  'sample_token_fits',
] as const

export type AdviceCode = (typeof adviceCodes)[number]

/** Fields that a finding may be about. */
export type FindingField =
  | 'wellKnownUrl'
  | 'issuer'
  | 'tokenEndpoint'
  | 'authorizationEndpoint'
  | 'jwksUri'
  | 'jwks'
  | 'allowedAlgorithms'
  | 'requiredClaims'
  | 'tenants'
  | 'sampleToken'

/** One member of a key set that is not used, by its place in the set. */
export interface UnusableKey {
  readonly index: number
  readonly kid?: string
  readonly reason: string
}

interface FindingText {
  /** What is the case; public, and free of what a foreign host sent beyond bounded identifiers. */
  readonly message: string
  /** What to change. */
  readonly fix?: string
  readonly field?: FindingField
  /** Of `no_usable_keys` and `keys_dropped`. */
  readonly keys?: readonly UnusableKey[]
}

/** Something that discovery or a check noticed about a provider. */
export type Finding = FindingText &
  (
    | { readonly severity: 'error'; readonly code: ErrorFindingCode }
    | { readonly severity: 'warning' | 'info'; readonly code: AdviceCode }
    /** What the gate would say of a sample token: never an error of the registration itself. */
    | { readonly severity: 'warning'; readonly code: TokenRejectionReason | UndecidedReason }
  )

export const errorFinding = (code: ErrorFindingCode, text: FindingText): Finding => ({ severity: 'error', code, ...text })

export const warning = (code: AdviceCode, text: FindingText): Finding => ({ severity: 'warning', code, ...text })

export const isError = (finding: Finding): finding is Finding & { readonly severity: 'error' } => finding.severity === 'error'

export const findingSchema = z
  .object({
    code: z.string().describe('Stable.'),
    severity: z.enum(['error', 'warning', 'info']).describe('A registration with an error is refused.'),
    message: z.string(),
    fix: z.string().optional().describe('What to change.'),
    field: z.string().optional().describe('The field that the finding is about.'),
    keys: z
      .array(z.object({ index: z.int(), kid: z.string().optional(), reason: z.string() }))
      .optional()
      .describe('Members of the key set that are not used, with the reason.'),
  })
  .meta({ id: 'Finding' })
