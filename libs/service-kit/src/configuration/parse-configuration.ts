import { readFileSync } from 'node:fs'

import { type ServiceName } from '@cambio/contracts'
import { type z } from 'zod'

import { type Catalogue, catalogue, type ConfigurationReader, OWN_PREFIXES, type Variable } from './catalogue.js'
import { type Environment } from './process-environment.js'

type ValueOf<V extends Variable> = V extends { readonly required: true } | { readonly fallback: string }
  ? z.output<V['rule']>
  : z.output<V['rule']> | undefined

type ReadBy<R extends ConfigurationReader> = {
  readonly [K in keyof Catalogue]: R extends Catalogue[K]['readers'][number] ? K : never
}[keyof Catalogue]

/** The parsed variables that a reader uses, by their names in the catalogue. */
export type Configuration<R extends ConfigurationReader> = { readonly [K in ReadBy<R>]: ValueOf<Catalogue[K]> }

/** What is wrong with one variable: its name and the rule that it breaks, never its value. */
export interface ConfigurationProblem {
  readonly variable: string
  /** Completes the sentence that the name begins: "must be …", "is required". */
  readonly rule: string
}

export type ConfigurationReading<R extends ConfigurationReader> =
  | { readonly ok: true; readonly configuration: Configuration<R> }
  | { readonly ok: false; readonly problems: readonly ConfigurationProblem[] }

/**
 * Reads what one service needs from the environment, or says everything that is wrong at once. Variables of other
 * services are not read, so that all may share one environment; an empty text counts as absent.
 */
export function parseConfiguration<R extends ConfigurationReader>(reader: R, env: Environment): ConfigurationReading<R> {
  const problems: ConfigurationProblem[] = unknownVariables(env)
  const values: Record<string, unknown> = {}
  for (const [key, variable] of Object.entries<Variable>(catalogue)) {
    if (variable.readers.includes(reader)) values[key] = read(variable, env, problems)
  }
  const natsUser = given(env['NATS_USER'])
  if (
    natsUser !== undefined &&
    values['natsPassword'] === undefined &&
    problems.every(({ variable }) => !variable.startsWith('NATS_PASSWORD'))
  ) {
    problems.push({ variable: 'NATS_PASSWORD', rule: 'is required together with NATS_USER' })
  }
  if (problems.length > 0) return { ok: false, problems }
  return { ok: true, configuration: values as Configuration<R> }
}

function read(variable: Variable, env: Environment, problems: ConfigurationProblem[]): unknown {
  const source = sourceOf(variable, env, problems)
  if (source === 'refused') return undefined
  const text = source?.text ?? variable.fallback
  if (text === undefined) {
    if (variable.required === true) problems.push({ variable: variable.name, rule: 'is required' })
    return undefined
  }
  const parsed = variable.rule.safeParse(text)
  if (parsed.success) return parsed.data
  problems.push({ variable: source?.variable ?? variable.name, rule: parsed.error.issues[0]?.message ?? 'is malformed' })
  return undefined
}

/** Where the text comes from: the variable itself or, for a secret, the file that `<name>_FILE` names. */
function sourceOf(
  variable: Variable,
  env: Environment,
  problems: ConfigurationProblem[],
): { readonly variable: string; readonly text: string } | 'refused' | undefined {
  const text = given(env[variable.name])
  const fileVariable = `${variable.name}_FILE`
  const file = variable.secret === true ? given(env[fileVariable]) : undefined
  if (file === undefined) return text === undefined ? undefined : { variable: variable.name, text }
  if (text !== undefined) {
    problems.push({ variable: fileVariable, rule: `must not be set together with ${variable.name}` })
    return 'refused'
  }
  try {
    // Editors and `echo` end a file with a newline that is no part of the secret.
    return { variable: fileVariable, text: readFileSync(file, 'utf8').replace(/\r?\n$/, '') }
  } catch {
    problems.push({ variable: fileVariable, rule: 'must name a file that can be read' })
    return 'refused'
  }
}

const given = (text: string | undefined): string | undefined => (text === '' ? undefined : text)

const knownNames = new Set(
  Object.values<Variable>(catalogue).flatMap(({ name, secret }) => (secret === true ? [name, `${name}_FILE`] : [name])),
)

/** Names only: what stands in an unknown variable may be a secret under a misspelt name. */
function unknownVariables(env: Environment): ConfigurationProblem[] {
  return Object.keys(env)
    .filter((name) => OWN_PREFIXES.some((prefix) => name.startsWith(prefix)) && !knownNames.has(name))
    .sort()
    .map((variable) => ({ variable, rule: 'is not a variable of Cambio; see docs/configuration.md' }))
}

/** Where each service listens: the catalogue's key of its port. */
const portKeys = {
  'token-service': 'tokenServicePort',
  'idp-registry': 'idpRegistryPort',
  applications: 'applicationsPort',
  gateway: 'gatewayPort',
} as const satisfies Record<ServiceName, keyof Catalogue>

/** The name of the variable of a service's port, for messages to the operator. */
export const portVariable = (service: ServiceName): string => catalogue[portKeys[service]].name

/** The port of a service out of its own configuration. */
export function portOf<S extends ServiceName>(service: S, configuration: Configuration<S>): number {
  return (configuration as Readonly<Record<string, unknown>>)[portKeys[service]] as number
}
