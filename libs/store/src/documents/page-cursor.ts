import { type z } from 'zod'

/** A position in a list as text that is opaque to clients: base64url of JSON. */
export function encodeCursor(position: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(position), 'utf8').toString('base64url')
}

/** Longer ones are refused unread: a position holds two or three short members. */
const maxCursorLength = 1_024

/** The position that a cursor names; `undefined` if `encodeCursor` did not make it. */
export function decodeCursor<P>(cursor: string, schema: z.ZodType<P>): P | undefined {
  if (cursor.length > maxCursorLength) return undefined
  const bytes = Buffer.from(cursor, 'base64url')
  if (bytes.toString('base64url') !== cursor) return undefined
  try {
    return schema.safeParse(JSON.parse(bytes.toString('utf8'))).data
  } catch {
    return undefined
  }
}
