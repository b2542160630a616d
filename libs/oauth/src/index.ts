// Owns the OAuth vocabulary, the error table, the documented reasons, form and scope parsing, and the form of client secrets.
// Pure: no framework, no transport, no storage, no clock; the only I/O is node:crypto's random source.
// Must not know what an identity provider, a token's claims or a subscription is.
export * from './api-identifier.js'
export * from './basic-credentials.js'
export * from './client-secrets.js'
export * from './decision-reasons.js'
export * from './documented-reason.js'
export * from './form.parser.js'
export * from './oauth-errors.js'
export * from './oauth-failure.js'
export * from './scope.js'
export * from './token-type.js'
export * from './vocabulary.js'
