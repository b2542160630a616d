const label = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/

/**
 * Names under which only the machine itself or a private network answers: the special-use names (RFC 6761, 6762, 7686, 8375, 9476), `.internal`
 * (reserved by ICANN for private use), and what private resolvers commonly serve. `.test` and `.example` are not among them: no resolver
 * serves them unless somebody made it, and then the check of the answers decides.
 */
const internalSuffixes: readonly string[] = [
  'localhost',
  'local',
  'localdomain',
  'internal',
  'arpa', // home.arpa, and reverse names
  'onion',
  'alt',
  'intranet',
  'private',
  'corp',
  'home',
  'lan',
  'svc', // Kubernetes without its cluster domain
  'consul',
]

/** Whether a text is a host name in the lower-case ASCII form that the URL parser gives: labels of at most 63 characters, at most 253 in all, no final dot. */
export function isHostName(text: string): boolean {
  const labels = text.split('.')
  return text.length <= 253 && labels.every((part) => label.test(part)) && !/^\d+$/.test(labels.at(-1) ?? '')
}

/** Whether a name is served by the machine itself or by a private network only. A single label always is: it depends on this machine's search list. */
export function isInternalName(host: string): boolean {
  const labels = host.split('.')
  return labels.length === 1 || internalSuffixes.includes(labels.at(-1) ?? '')
}
