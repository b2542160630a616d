import { projectTests } from '../vitest.shared.js'

// Every file talks to processes: a start takes seconds on a small machine, more when everything else runs beside it.
export default projectTests(import.meta.dirname, {
  globalSetup: ['src/world/shared-stack.ts'],
  testTimeout: 60_000,
  hookTimeout: 120_000,
})
