export type Environment = Readonly<Record<string, string | undefined>>

/** The environment of this process. Nothing outside this folder reads it. */
export const processEnvironment = (): Environment => process.env

/** Where a process writes, before its configuration is parsed: the variable as it is, or the catalogue's default. */
export const unparsedDataDirectory = (environment: Environment): string => environment['CAMBIO_DATA_DIR'] || './.cambio'
