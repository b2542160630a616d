import { type DocumentedReason } from './documented-reason.js'

type Reasons = Record<string, DocumentedReason>

/** Reasons about the request as such, before anybody is authenticated. */
export const requestReasons = {
  'request.method_not_allowed': {
    cause: 'The endpoint was called with a method other than POST.',
    remedy: 'Send a POST request.',
    answer: 'method_not_allowed',
  },
  'request.unsupported_media_type': {
    cause: 'The body is not declared as application/x-www-form-urlencoded.',
    remedy: 'Send form parameters with that content type.',
    answer: 'invalid_request',
  },
  'request.body_too_large': {
    cause: 'The body is larger than 64 KiB.',
    remedy: 'Send a smaller request; a subject token may have 16 KiB.',
    answer: 'request_too_large',
  },
  'request.malformed_form': {
    cause: 'The body is not a form: a broken percent sequence, invalid UTF-8, NUL, or a raw character outside ASCII.',
    remedy: 'Encode the parameters with the form encoder of your HTTP library.',
    answer: 'invalid_request',
  },
  'request.duplicate_parameter': {
    cause: 'A parameter other than audience and resource occurs more than once.',
    remedy: 'Send every parameter once (RFC 6749 section 3.2).',
    answer: 'invalid_request',
  },
  'request.too_many_parameters': {
    cause: 'The form has more parameters than the endpoint reads.',
    remedy: 'Send only the parameters of the grant.',
    answer: 'invalid_request',
  },
  'request.credentials_in_query': {
    cause: 'A secret or token stands in the query string, where logs and proxies keep it.',
    remedy: 'Move the parameter into the body, and replace the secret or token that was exposed.',
    answer: 'invalid_request',
  },
  'request.missing_parameter': {
    cause: 'A parameter that the grant needs is absent or empty.',
    remedy: 'Add the parameter that the detail names.',
    answer: 'invalid_request',
  },
  'request.malformed_parameter': {
    cause: 'A parameter has a form that is not allowed for it.',
    remedy: 'Correct the parameter that the detail names.',
    answer: 'invalid_request',
  },
  'request.unsupported_token_type': {
    cause: 'Parameter subject_token_type or actor_token_type is none of jwt, id_token and access_token.',
    remedy: 'Use one of the three token type identifiers of RFC 8693 section 3.',
    answer: 'invalid_request',
  },
  'request.unsupported_requested_token_type': {
    cause: 'Parameter requested_token_type is neither access_token nor jwt.',
    remedy: 'Leave requested_token_type out; an access token is issued.',
    answer: 'invalid_request',
  },
  'request.actor_token_without_type': {
    cause: 'Parameter actor_token is present without actor_token_type.',
    remedy: 'Send both (RFC 8693 section 2.1).',
    answer: 'invalid_request',
  },
  'request.actor_type_without_token': {
    cause: 'Parameter actor_token_type is present without actor_token.',
    remedy: 'Send both or neither (RFC 8693 section 2.1).',
    answer: 'invalid_request',
  },
} as const satisfies Reasons

/** Reasons about the grant that was asked for. */
export const grantReasons = {
  'grant.unsupported': {
    cause: 'Parameter grant_type names a grant that this server does not offer.',
    remedy: 'Use a grant type that the server metadata lists.',
    answer: 'unsupported_grant_type',
  },
  'grant.not_allowed_for_client': {
    cause: 'The credential does not list this grant.',
    remedy: 'Add the grant to the grantTypes of the credential.',
    answer: 'unauthorized_client',
  },
} as const satisfies Reasons

/** Reasons about who is asking. */
export const clientReasons = {
  'client.missing_credentials': {
    cause: 'The request carries no client authentication.',
    remedy: 'Authenticate with the method that the credential is set to.',
    answer: 'invalid_client',
  },
  'client.malformed_credentials': {
    cause: 'The Authorization header is not Basic with base64 of client id, colon and secret.',
    remedy: 'Form-encode client id and secret, join them with a colon, and encode the result in base64.',
    answer: 'invalid_client',
  },
  'client.multiple_methods': {
    cause: 'The request authenticates in more than one way.',
    remedy: 'Use one client authentication method a request (RFC 6749 section 2.3).',
    answer: 'invalid_request',
  },
  'client.id_mismatch': {
    cause: 'Parameter client_id in the body differs from the client that authenticated.',
    remedy: 'Leave client_id out, or send the one that authenticates.',
    answer: 'invalid_request',
  },
  'client.unknown': {
    cause: 'No credential has this client id.',
    remedy: 'Check the client id and that it belongs to this installation.',
    answer: 'invalid_client',
  },
  'client.wrong_secret': {
    cause: 'The secret is none of the live secrets of the credential.',
    remedy: 'Use the secret shown when it was made, or make a new one and retire the old.',
    answer: 'invalid_client',
  },
  'client.disabled': {
    cause: 'The credential, its application or its organization is disabled.',
    remedy: 'Have an administrator enable it again.',
    answer: 'invalid_client',
  },
  'client.wrong_auth_method': {
    cause: 'The client authenticated with a method that its credential is not set to.',
    remedy: 'Use the authMethod of the credential, or change it.',
    answer: 'invalid_client',
  },
  'client.authentication_required': {
    cause: 'A confidential client sent its client id alone.',
    remedy: 'Authenticate, or mark the credential public if it cannot keep a secret.',
    answer: 'invalid_client',
  },
  'client.assertion_refused': {
    cause: 'The client assertion does not satisfy RFC 7523 section 3.',
    remedy: 'Sign with a registered key; set iss and sub to the client id, aud to the issuer, and a near exp.',
    answer: 'invalid_client',
  },
  'client.assertion_replayed': {
    cause: 'A client assertion with this jti was used before.',
    remedy: 'Make a new assertion with a fresh jti for each request.',
    answer: 'invalid_client',
  },
  'client.too_many_failures': {
    cause: 'This client or address failed to authenticate too often.',
    remedy: 'Wait for the time in Retry-After and correct the credentials.',
    answer: 'too_many_failures',
  },
} as const satisfies Reasons
