import { type LogLevel } from '../logging/logger.js'

/** The level of a service's configuration, which every service has although the compiler cannot see it in a generic one. */
export const logLevelOf = (configuration: object): LogLevel => (configuration as { readonly logLevel: LogLevel }).logLevel
