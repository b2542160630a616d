export type Environment = Readonly<Record<string, string | undefined>>

/** The environment of this process. Nothing outside this folder reads it. */
export const processEnvironment = (): Environment => process.env
