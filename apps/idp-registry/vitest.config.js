import { projectTests } from '../../vitest.shared.js'

// Importing the service costs more than most files' tests; nothing in a file changes what another one imports.
export default projectTests(import.meta.dirname, { isolate: false })
