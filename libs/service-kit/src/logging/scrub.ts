/** What must never stand in a log, wherever a text comes from: an error of a driver, a stack, somebody's message. */
const patterns: readonly (readonly [RegExp, string])[] = [
  // Compact JWS and JWE: base64url of `{"…` begins with "ey".
  [/\bey[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_-]*){0,3}/g, '[token]'],
  // Client secrets, whole or cut off.
  [/cmb_[A-Za-z0-9_-]{8,}/g, '[secret]'],
  [/\b(Bearer|Basic|DPoP)\s+[A-Za-z0-9._~+/=-]{6,}/gi, '$1 [redacted]'],
  // User and password of an address.
  [/(:\/\/)[^/\s:@"']{0,256}:[^/\s@"']{1,512}@/g, '$1[redacted]@'],
  // Parameters of a query or a form, also inside quoted addresses.
  [
    /\b(client_secret|client_assertion|assertion|subject_token|actor_token|access_token|refresh_token|id_token|token|code|password)=[^&\s"'\\]+/gi,
    '$1=[redacted]',
  ],
]

/** The text without anything that looks like a token, a secret or a credential. */
export function scrub(text: string): string {
  let clean = text
  for (const [pattern, replacement] of patterns) clean = clean.replace(pattern, replacement)
  return clean
}
