import { setSourceMapsSupport } from 'node:module'

// Before anything else is loaded: errors name the lines of our own sources. Reading the source maps of all packages would delay the start.
setSourceMapsSupport(true, { nodeModules: false, generatedCode: false })
await import('./serve.js')
