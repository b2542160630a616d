import { inject } from 'vitest'

import { type SharedStack } from './shared-stack.js'

/** The stack that all files share; see shared-stack.ts. */
export const sharedStack = (): SharedStack => inject('sharedStack')
