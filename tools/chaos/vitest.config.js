import { projectTests } from '../../vitest.shared.js'

export default projectTests(import.meta.dirname)
