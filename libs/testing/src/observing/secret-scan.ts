/** How a secret was written where it was found. */
export type SecretForm = 'plain' | 'url' | 'json' | 'base64' | 'base64url' | 'hex' | 'signature'

export interface FoundSecret {
  /** Its place in the list that was searched for: a message of a failed test must not show it either. */
  readonly index: number
  readonly form: SecretForm
}

/** Shorter texts would be found by chance. */
const shortestSecret = 8

/**
 * Searches a text (logs, a database file, an answer) for secrets and tokens, also encoded ones. Of a compact JWT the
 * signature alone counts as found, since the rest can be made up to it.
 *
 * @returns every find; a test expects an empty list
 * @throws TypeError for a secret under 8 characters
 */
export function secretScan(text: string, secrets: readonly string[]): FoundSecret[] {
  return secrets.flatMap((secret, index) => {
    if (secret.length < shortestSecret) throw new TypeError('a secret to search for must have 8 characters')
    return formsOf(secret).flatMap(([form, written]) => (text.includes(written) ? [{ index, form }] : []))
  })
}

function formsOf(secret: string): [SecretForm, string][] {
  const forms: [SecretForm, string][] = [
    ['plain', secret],
    ['url', encodeURIComponent(secret)],
    ['json', JSON.stringify(secret).slice(1, -1)],
    ...encodedForms(secret),
    ['hex', Buffer.from(secret).toString('hex')],
  ]
  const signature = /^[\w-]+\.[\w-]+\.([\w-]{16,})$/.exec(secret)?.[1]
  if (signature !== undefined) forms.push(['signature', signature])
  const seen = new Set<string>()
  return forms.filter(([, written]) => !seen.has(written) && seen.add(written))
}

/**
 * Base64 of a text inside of a longer one depends on where it begins modulo 3; of each of the three the characters that
 * only this secret determines are searched for.
 */
function encodedForms(secret: string): [SecretForm, string][] {
  return [0, 1, 2].flatMap((offset) => {
    const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(secret)])
    const from = offset === 0 ? 0 : 4
    const whole = Math.floor(bytes.length / 3) * 4
    const forms: [SecretForm, string][] = [
      ['base64', bytes.toString('base64').slice(from, whole)],
      ['base64url', bytes.toString('base64url').slice(from, whole)],
    ]
    return forms
  })
}
