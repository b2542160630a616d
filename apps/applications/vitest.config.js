import { projectTests } from '../../vitest.shared.js'

// Most specs start the whole service: its modules are evaluated once a worker, not once a file.
export default projectTests(import.meta.dirname, { isolate: false })
