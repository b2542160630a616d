import { type SQLOutputValue } from 'node:sqlite'

/** A row as `node:sqlite` gives it. The tables are STRICT, so a column has the type that the layout declares. */
export type SqliteRow = Record<string, SQLOutputValue>

export const text = (row: SqliteRow, column: string): string => {
  const value = row[column]
  if (typeof value !== 'string') throw new TypeError(`column ${column} holds no text`)
  return value
}

export const integer = (row: SqliteRow, column: string): number => {
  const value = row[column]
  if (typeof value !== 'number') throw new TypeError(`column ${column} holds no integer`)
  return value
}

export const optionalText = (row: SqliteRow, column: string): string | undefined => (row[column] === null ? undefined : text(row, column))

export const optionalBytes = (row: SqliteRow, column: string): Uint8Array | undefined => {
  const value = row[column]
  if (value === null) return undefined
  if (!(value instanceof Uint8Array)) throw new TypeError(`column ${column} holds no bytes`)
  return value
}
