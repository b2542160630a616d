import { v7 as uuidv7 } from 'uuid'
import { z } from 'zod'

/** What an id names; the prefix makes an id in a log or a support request recognisable. */
const prefixes = {
  organization: 'org',
  adminClient: 'adm',
  identityProvider: 'idp',
  api: 'api',
  application: 'app',
  credential: 'crd',
  secret: 'sec',
  binding: 'bnd',
  subscription: 'sub',
  signingKey: 'sgk',
  revocation: 'rvk',
  request: 'req',
} as const

export type IdNoun = keyof typeof prefixes

declare const noun: unique symbol

/** An id of one kind of thing; the brand keeps an application's id from being passed where an API's is meant. */
export type Id<N extends IdNoun> = string & { readonly [noun]: N }

export type OrganizationId = Id<'organization'>
export type AdminClientId = Id<'adminClient'>
export type IdentityProviderId = Id<'identityProvider'>
export type ApiId = Id<'api'>
export type ApplicationId = Id<'application'>
export type CredentialId = Id<'credential'>

/** The partition of what belongs to no organization: organizations themselves, platform administrators, signing keys. */
export const PLATFORM = 'platform'

/**
 * A new id: `<prefix>_` and 32 lower-case hexadecimal digits of a UUID version 7 (RFC 9562 §5.7). Ids sort by the time
 * of their making and consist of characters that a NATS KV key allows.
 */
export function newId<N extends IdNoun>(of: N): Id<N> {
  return `${prefixes[of]}_${uuidv7().replaceAll('-', '')}` as Id<N>
}

/** The schema of an id of one kind; refuses everything that `newId` cannot have made. */
export function idSchema<N extends IdNoun>(of: N): z.ZodType<Id<N>, string> {
  return z
    .string()
    .regex(new RegExp(`^${prefixes[of]}_[0-9a-f]{32}$`), `must be an id that begins with ${prefixes[of]}_`) as unknown as z.ZodType<
    Id<N>,
    string
  >
}

/** Whether a text has the form of an id of this kind: tells `{id or name}` in a path apart. */
export function isId<N extends IdNoun>(of: N, text: string): text is Id<N> {
  return idSchema(of).safeParse(text).success
}
