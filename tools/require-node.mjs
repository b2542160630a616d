// Every `npm run` starts here. `npm ci` installs Node 24 beside the project on Linux (see docs/adr/0002-node-24.md),
// and npm puts it first on the PATH of its scripts; elsewhere the system's own Node has to be new enough.
const required = 24
const major = Number(process.versions.node.split('.')[0])

if (major < required) {
  process.stderr.write(
    `Cambio runs on Node ${required} or newer, and this is ${process.version}. ` +
      `On Linux x64 and arm64 run \`npm ci\` (without --omit=optional) and start it by \`npm run …\`; elsewhere install Node ${required} LTS.\n`,
  )
  process.exit(1)
}
