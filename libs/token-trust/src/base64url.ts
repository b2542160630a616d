const form = /^[A-Za-z0-9_-]+$/

/** Last characters that leave no stray bits, by length modulo 4; 1 is no length of base64url. */
const lastCharacters = [undefined, '', 'AQgw', 'AEIMQUYcgkosw048'] as const

/** Whether a text is base64url as RFC 7515 §2 writes it; any other spelling of the same bytes would make a second token, or key, of one. */
export function isCanonicalBase64url(text: string): boolean {
  if (!form.test(text)) return false
  const allowed = lastCharacters[text.length % 4]
  return allowed === undefined || (allowed !== '' && allowed.includes(text.charAt(text.length - 1)))
}
