import { catalogue, type Variable } from './catalogue.js'

const preamble = `# Configuration

<!-- Generated from libs/service-kit/src/configuration/catalogue.ts by \`npm run generate\`; do not edit. -->

Every setting is an environment variable, read once at start. All problems are reported at once, by name and rule and
never by value, and the process ends with status 1. An empty variable counts as absent. An unknown variable that begins
with \`CAMBIO_\`, \`TOKEN_SERVICE_\`, \`IDP_REGISTRY_\`, \`APPLICATIONS_\` or \`GATEWAY_\` is an error. A secret \`X\` may stand in a
file that \`X_FILE\` names instead; both at once are an error. The launcher (\`npm start\`, \`npm run demo\`) generates the
required secrets once, into the data directory.

| Variable | Default | Read by | Meaning |
|---|---|---|---|
`

/** The reference of all variables as Markdown: the content of `docs/configuration.md`. */
export function renderConfigurationReference(): string {
  const rows = Object.values<Variable>(catalogue).map(
    (variable) =>
      `| \`${variable.name}\`${variable.secret === true ? ' (secret)' : ''} | ${defaultOf(variable)} | ${variable.readers.join(', ')} | ${variable.doc} |`,
  )
  return `${preamble}${rows.join('\n')}\n`
}

function defaultOf(variable: Variable): string {
  if (variable.fallback !== undefined) return `\`${variable.fallback}\``
  return variable.required === true ? 'required' : '–'
}
