import { type DocumentedReason } from './documented-reason.js'

type Reasons = Record<string, DocumentedReason>

/** Reasons of trust and policy: identity provider, actor, target, scope, lifetime, refresh. */
export const policyReasons = {
  'idp.own_issuer': {
    cause: 'The token was issued by this server; own tokens are not exchanged.',
    remedy: 'Send the token of the external identity provider.',
    answer: 'invalid_request',
  },
  'idp.unknown_issuer': {
    cause: 'The organization of the client has no identity provider with exactly this issuer.',
    remedy: 'Register the issuer byte for byte as the token spells it, trailing slash included.',
    answer: 'invalid_request',
  },
  'idp.disabled': {
    cause: 'The identity provider is disabled.',
    remedy: 'Enable it, or use a token of another provider.',
    answer: 'invalid_request',
  },
  'idp.wrong_environment': {
    cause: 'The identity provider is not registered for the environment of the credential.',
    remedy: 'Add the environment to the registration, or use the credential of the other environment.',
    answer: 'invalid_request',
  },
  'idp.exchange_not_allowed': {
    cause: 'The token mode of the identity provider is DIRECT.',
    remedy: 'Set the token mode to EXCHANGED or BOTH, or call the API with the token itself.',
    answer: 'invalid_request',
  },
  'idp.not_allowed_for_application': {
    cause: 'The application lists the identity providers that it may use, and this one is not among them.',
    remedy: 'Add it to the identityProviders of the application.',
    answer: 'invalid_request',
  },
  'binding.required': {
    cause: 'A public client may exchange only tokens whose client id is bound to its application, and this one is not.',
    remedy: 'Bind the client id of the token to the application, or use a confidential credential.',
    answer: 'invalid_request',
  },
  'revocation.subject_cut_off': {
    cause: 'An administrator revoked tokens like this one that were issued up to a point in time.',
    remedy: 'Sign in again; a token issued after the cut-off works.',
    answer: 'invalid_request',
  },
  'actor.not_allowed': {
    cause: 'The subject token names no actor and the credential does not list this one.',
    remedy: 'Have the provider issue may_act, or add the actor to the allowedActors of the credential.',
    answer: 'invalid_request',
  },
  'actor.not_in_may_act': {
    cause: 'The may_act claim of the subject token names another actor.',
    remedy: 'Use the actor that the subject allowed (RFC 8693 section 4.4).',
    answer: 'invalid_request',
  },
  'target.malformed': {
    cause: 'An audience or resource is not the identifier of an API (urn:<org>:<api handle>).',
    remedy: 'Use the identifier that the API shows, without fragment.',
    answer: 'invalid_target',
  },
  'target.unknown': {
    cause: 'No API of the organization has this identifier.',
    remedy: 'Check the identifier; it is compared byte for byte.',
    answer: 'invalid_target',
  },
  'target.not_published': {
    cause: 'The API is not published, or it was retired.',
    remedy: 'Publish the API, or ask for another.',
    answer: 'invalid_target',
  },
  'target.not_subscribed': {
    cause: 'The application is not subscribed to the API.',
    remedy: 'Subscribe the application to the API.',
    answer: 'invalid_target',
  },
  'target.subscription_inactive': {
    cause: 'The subscription exists but is pending or blocked.',
    remedy: 'Have the owner of the API activate the subscription.',
    answer: 'invalid_target',
  },
  'target.none': {
    cause: 'No audience was requested and the application is subscribed to no API.',
    remedy: 'Subscribe the application to an API first.',
    answer: 'invalid_target',
  },
  'scope.malformed': {
    cause: 'The scope parameter has a character that RFC 6749 section 3.3 does not allow.',
    remedy: 'Separate scope names by single spaces; quotes, backslash and control characters are not allowed.',
    answer: 'invalid_scope',
  },
  'scope.too_long': {
    cause: 'The scope parameter is longer than 4096 characters or names more than 200 scopes.',
    remedy: 'Ask for fewer scopes, or leave scope out to get all that would be granted.',
    answer: 'invalid_scope',
  },
  'scope.undefined': {
    cause: 'A requested scope is defined by no target API.',
    remedy: 'Use a scope of the requested API, short or fully qualified.',
    answer: 'invalid_scope',
  },
  'scope.ambiguous': {
    cause: 'Two target APIs define a scope of this short name.',
    remedy: 'Request it fully qualified: urn:<org>:<api>:<scope>.',
    answer: 'invalid_scope',
  },
  'scope.none_granted': {
    cause: 'The requested scopes exist, but the subject or the credential may have none of them.',
    remedy: 'Map a scope or role of the provider in scopeMappings, or widen the allowedScopes of the credential.',
    answer: 'invalid_scope',
  },
  'token.too_large': {
    cause: 'The issued token would be larger than 4 KiB.',
    remedy: 'Ask for fewer APIs or scopes, or map fewer claims of the identity provider.',
    answer: 'invalid_request',
  },
  'lifetime.too_short': {
    cause: 'The subject or actor token ends in less than a second, so an issued token would be useless.',
    remedy: 'Get a fresh token from the identity provider.',
    answer: 'invalid_request',
  },
  'refresh_token.unknown': {
    cause: 'The refresh token was never issued, or not to this client.',
    remedy: 'Exchange a token of the identity provider again.',
    answer: 'invalid_grant',
  },
  'refresh_token.expired': {
    cause: 'The refresh token or its session has ended.',
    remedy: 'Exchange a token of the identity provider again.',
    answer: 'invalid_grant',
  },
  'refresh_token.reused': {
    cause: 'A refresh token that was replaced came back; its whole session is revoked.',
    remedy: 'Exchange again, and look for the place where two parties share the refresh token.',
    answer: 'invalid_grant',
  },
  'refresh_token.no_longer_authorized': {
    cause: 'Identity provider, condition, subscription or cut-off no longer allow what was granted.',
    remedy: 'The audit record of this request names the step that refused.',
    answer: 'invalid_grant',
  },
} as const satisfies Reasons

/** Reasons on our side: the request may be right, but it cannot be decided now. */
export const serviceReasons = {
  'single_use.unavailable': {
    cause: 'The record of used tokens could not be reached, so single use cannot be guaranteed.',
    remedy: 'Try again; the operator looks at the store.',
    answer: 'temporarily_unavailable',
  },
  'service.not_ready': {
    cause: 'The replica has not received its configuration yet.',
    remedy: 'Try again; /readyz says what is missing.',
    answer: 'temporarily_unavailable',
  },
  'service.too_stale': {
    cause: 'The configuration of the replica is older than CAMBIO_MAX_STALENESS_SECONDS allows.',
    remedy: 'The operator restores the connection to NATS.',
    answer: 'temporarily_unavailable',
  },
  'service.overloaded': {
    cause: 'The replica sheds load to keep its promises to the requests that it has.',
    remedy: 'Try again later; the operator adds replicas.',
    answer: 'temporarily_unavailable',
  },
  'service.no_signing_key': {
    cause: 'No signing key is available to issue a token.',
    remedy: 'The operator checks the signing keys and the key that encrypts them.',
    answer: 'temporarily_unavailable',
  },
  'service.audit_unavailable': {
    cause: 'The decision could not be recorded, and nothing is issued without a record.',
    remedy: 'Try again; the operator looks at the audit store.',
    answer: 'temporarily_unavailable',
  },
  'service.unexpected': {
    cause: 'A defect of the server.',
    remedy: 'Report the request id.',
    answer: 'server_error',
  },
} as const satisfies Reasons
