/** What SQLite says when it fails: its own result code and its own words, which name no data. */
export interface SqliteFailure {
  /** Primary result code, https://www.sqlite.org/rescode.html */
  readonly result: number
  readonly reason: string
}

const busy = 5
const corrupt = 11
const notADatabase = 26

/** The failure in an error that `node:sqlite` threw; `undefined` for any other error (a programmer's). */
export function sqliteFailure(error: unknown): SqliteFailure | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  if (error.code === 'ERR_INVALID_STATE') return { result: 0, reason: 'it is closed' }
  if (error.code !== 'ERR_SQLITE_ERROR') return undefined
  const extended = 'errcode' in error && typeof error.errcode === 'number' ? error.errcode : 0
  const reason = 'errstr' in error && typeof error.errstr === 'string' ? error.errstr : 'unknown failure'
  return { result: extended & 0xff, reason }
}

/** Another process writes at this moment. */
export const isBusy = (error: unknown): boolean => sqliteFailure(error)?.result === busy

/** The file is damaged, or is none of SQLite's. */
export const isCorrupt = (error: unknown): boolean => {
  const result = sqliteFailure(error)?.result
  return result === corrupt || result === notADatabase
}
