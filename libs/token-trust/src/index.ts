// Owns the gate that every outside JWT passes: structure, header, kind, key selection, signature, claims; and the rules for key sets.
// Pure besides jose and node:crypto: it fetches nothing, stores nothing, reads no clock; all of that is handed in.
// Must not know organizations, applications, scopes of ours, how keys arrive, or any framework.
export * from './algorithms.js'
export { type ClaimNames, type ClaimReading, type ClaimSources, claimValue, clientIdOf, rolesOf, scopesOf } from './claim-readers.js'
export * from './key-freshness.js'
export * from './key-set.js'
export { concreteIssuers, isIssuerTemplate, isTenantId, microsoftIssuerTemplate } from './microsoft-tenants.js'
export * from './own-access-token.js'
export * from './provider-presets.js'
export * from './rejection-reasons.js'
export * from './shared-issuers.js'
export { type JsonObject } from './strict-json.js'
export { type TokenKind } from './token-kind.js'
export {
  type NotDecided,
  reasonOf,
  type ReasonOf,
  type Rejected,
  tokenFailure,
  type TokenRejection,
  type Undecided,
} from './token-rejection.js'
export * from './trusted-issuer.js'
export { maxTokenLength, readUnverifiedJwt, unverifiedIssuer, type UnverifiedJwt, type UnverifiedJwtResult } from './unverified-jwt.js'
export { acceptJwk, type KeyAcceptance, type KeyDropReason, type PublicJwk, type VerificationKey } from './verification-key.js'
export * from './verify-token.js'
