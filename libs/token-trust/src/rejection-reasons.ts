import { type DocumentedReason } from '@cambio/oauth'

type Row = Omit<DocumentedReason, 'answer'>

/** Reasons of form: the text is no token that can be looked at. */
const structureReasons = {
  too_large: { cause: 'The token is longer than 16 KiB.', remedy: 'Have the provider put fewer claims into it, groups above all.' },
  encrypted: { cause: 'The token is encrypted (five segments).', remedy: 'Have the provider issue signed tokens for this audience.' },
  bad_segments: {
    cause: 'The token is not three segments joined by dots.',
    remedy: 'Send a signed JWT; opaque and SAML tokens are not taken.',
  },
  bad_base64url: { cause: 'A segment is not canonical base64url.', remedy: 'Send the token exactly as the provider issued it.' },
  bad_utf8: { cause: 'Header or payload is not UTF-8, or begins with a byte order mark.', remedy: 'Report it to the provider.' },
  bad_json: { cause: 'Header or payload is not a JSON object.', remedy: 'Send a signed JWT whose payload is a set of claims.' },
  duplicate_member: {
    cause: 'An object of the token has the same member twice.',
    remedy: 'Report it to the provider; such a token has no one meaning.',
  },
  too_deep: { cause: 'The token nests deeper than 16 levels.', remedy: 'Have the provider flatten its claims.' },
  too_many_members: { cause: 'The token has more than 200 members.', remedy: 'Have the provider put fewer claims into it.' },
} as const satisfies Record<string, Row>

/** Reasons of the header and of the kind of token. */
const headerReasons = {
  algorithm_not_allowed: {
    cause: 'The algorithm of the header is not among the allowed ones of the identity provider; none and HMAC never are.',
    remedy: 'Add the algorithm to allowedAlgorithms if the provider signs with it.',
  },
  header_not_allowed: {
    cause: 'The header has a member that brings its own key, compresses, nests or changes the meaning of the rest.',
    remedy: 'Have the provider issue tokens without crit, b64, jku, jwk, x5u, x5c, cty, zip and enc.',
  },
  kid_invalid: { cause: 'Member kid of the header is not a string of 1 to 256 characters.', remedy: 'Report it to the provider.' },
  typ_not_allowed: {
    cause: 'Member typ of the header names another kind of token.',
    remedy: 'Send an ID token or an access token; DPoP proofs, logout tokens and client assertions are no subject tokens.',
  },
  type_not_accepted: {
    cause: 'The registration of the identity provider does not accept the declared token type.',
    remedy: 'Add the type to acceptedTokenTypes, or declare another.',
  },
  wrong_kind: {
    cause: 'The token is not of the declared kind: an ID token where an access token is wanted, or the other way round.',
    remedy: 'Send the right token, or name in claims.accessTokenMark the claim by which the provider marks its access tokens.',
  },
  not_a_subject_token: {
    cause: 'The token is a logout or security event token.',
    remedy: 'Send an ID token or an access token.',
  },
} as const satisfies Record<string, Row>

/** Reasons of keys and signature. */
const keyReasons = {
  'key.unknown_kid': {
    cause: 'The key set of the identity provider has no key of this kid.',
    remedy: 'Check that the token comes from this provider; after a key rotation refresh its keys.',
  },
  'key.kid_required': {
    cause: 'The token names no key and the identity provider has not exactly one.',
    remedy: 'Have the provider put kid into its tokens.',
  },
  'key.algorithm_mismatch': {
    cause: 'The key of this kid does not serve the algorithm of the header.',
    remedy: 'Report it to the provider: its tokens and its key set disagree.',
  },
  'key.ambiguous': {
    cause: 'Several keys of the provider fit kid and algorithm.',
    remedy: 'Have the provider publish alg for its keys, or distinct kids.',
  },
  'key.duplicate_kid': {
    cause: 'The key set lists this kid twice for one algorithm; neither key is used.',
    remedy: 'Have the provider publish distinct kids.',
  },
  'key.issuer_mismatch': {
    cause: 'The key belongs to another tenant than the token claims.',
    remedy: 'Check the tenant of the token; keys of Microsoft name the issuer they serve.',
  },
  signature_invalid: {
    cause: 'The signature does not verify with the chosen key.',
    remedy: 'Send the token exactly as the provider issued it, and check that it comes from this provider.',
  },
} as const satisfies Record<string, Row>

/** Reasons of the claims. */
const claimReasons = {
  issuer_invalid: { cause: 'Claim iss is missing or not a string.', remedy: 'Send a token that names its issuer.' },
  issuer_mismatch: {
    cause: 'Claim iss differs from the issuer of the registration.',
    remedy: 'Register the issuer byte for byte as the token spells it, trailing slash and version included.',
  },
  issuer_misconfigured: {
    cause: 'The registration has an issuer template that is not allowed for its host.',
    remedy: 'Use https://login.microsoftonline.com/{tenantid}/v2.0, or the full issuer of one tenant.',
  },
  tenant_not_allowed: {
    cause: 'The tenant of the token is not listed in the registration, or differs from the one in iss.',
    remedy: 'Add the tenant id to tenants.',
  },
  audience_missing: { cause: 'The token has no audience.', remedy: 'Have the provider issue it for an audience of its registration.' },
  audience_invalid: { cause: 'Claim aud is neither a string nor a list of strings.', remedy: 'Report it to the provider.' },
  audience_not_allowed: {
    cause: 'No audience of the token is among the allowed ones of the registration.',
    remedy: 'Add the audience to allowedAudiences if tokens for it are meant to be taken; it is compared byte for byte.',
  },
  expiry_missing: { cause: 'The token has no exp.', remedy: 'Have the provider issue tokens that expire.' },
  expiry_invalid: { cause: 'Claim exp is not a time.', remedy: 'Report it to the provider.' },
  expired: { cause: 'The token has expired.', remedy: 'Get a fresh one from the identity provider; check the clocks if it is fresh.' },
  issued_at_missing: { cause: 'The token has no iat.', remedy: 'Set maxTokenAgeSeconds to null if the provider does not issue it.' },
  issued_at_invalid: { cause: 'Claim iat is not a time.', remedy: 'Report it to the provider.' },
  issued_in_future: { cause: 'Claim iat lies in the future.', remedy: 'Correct the clocks, or raise clockSkewSeconds a little.' },
  issued_after_expiry: { cause: 'Claim iat lies after exp.', remedy: 'Report it to the provider.' },
  not_before_invalid: { cause: 'Claim nbf is not a time.', remedy: 'Report it to the provider.' },
  not_yet_valid: { cause: 'Claim nbf lies in the future.', remedy: 'Wait, or correct the clocks.' },
  too_old: {
    cause: 'The token was issued longer ago than the registration takes.',
    remedy: 'Get a fresh one, or raise maxTokenAgeSeconds.',
  },
  lifetime_too_long: {
    cause: 'The token lives longer than the registration takes.',
    remedy: 'Shorten the lifetime at the provider, or raise maxTokenLifetimeSeconds.',
  },
  subject_invalid: {
    cause: 'Claim sub is missing, empty, longer than 255 characters, not a string, or has control characters.',
    remedy: 'Have the provider issue a plain identifier as sub.',
  },
} as const satisfies Record<string, Row>

/** Reasons of the registration's own conditions. */
const conditionReasons = {
  condition_required: {
    cause: 'The issuer is shared by all customers of its provider and the registration requires no claim that names the owner.',
    remedy: 'Add a requiredClaims entry on one of the claims that the detail names.',
  },
  required_claim_not_met: {
    cause: 'A required claim is missing or has another value.',
    remedy: 'The detail names the claim; compare it with requiredClaims of the registration.',
  },
  condition_not_met: {
    cause: 'The condition of the registration is not true for this token, or could not be evaluated.',
    remedy: 'Compare the claims of the token with the condition; explain shows the outcome.',
  },
  jti_missing: {
    cause: 'The registration takes every token once, and this one has no jti of 1 to 255 characters.',
    remedy: 'Have the provider issue jti, or turn singleUse off.',
  },
  replayed: { cause: 'A token with this jti was used before.', remedy: 'Get a fresh token for each exchange.' },
} as const satisfies Record<string, Row>

/** Every reason for which a token is rejected, each with cause and remedy: the source of the generated page `docs/errors.md`. */
export const tokenRejections = {
  ...structureReasons,
  ...headerReasons,
  ...keyReasons,
  ...claimReasons,
  ...conditionReasons,
} as const satisfies Record<string, Row>

export type TokenRejectionReason = keyof typeof tokenRejections

/** Every reason for which a token can neither be believed nor rejected now. */
export const undecidedReasons = {
  'key.set_unavailable': {
    cause: 'No key set of the identity provider has been received yet.',
    remedy: 'Look at the health of the identity provider; its keys could not be fetched.',
  },
  'key.set_too_old': {
    cause: 'The last good key set is older than jwksMaxStaleSeconds allows.',
    remedy: 'Look at the health of the identity provider; its keys have not been confirmed for too long.',
  },
  'key.unknown_kid_in_stale_set': {
    cause: 'No key of this kid is known, and the key set could not be refreshed lately, so the key may be new.',
    remedy: 'Try again; look at the health of the identity provider if it stays.',
  },
} as const satisfies Record<string, Row>

export type UndecidedReason = keyof typeof undecidedReasons
