import { projectTests } from '../../vitest.shared.js'

// Loading Nest and making RSA keys for each file anew would take longer than the tests; no file changes what others see.
export default projectTests(import.meta.dirname, { isolate: false })
