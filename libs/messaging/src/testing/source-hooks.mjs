// Lets a child process of a test run the workspace's source as it stands: Node strips the types, this finds `x.ts` for `./x.js`.
import { enableCompileCache, registerHooks } from 'node:module'
import { join } from 'node:path'

// Tests start many children: what the first has compiled the others need not.
enableCompileCache(join(import.meta.dirname, '..', '..', 'dist', 'compile-cache'))

registerHooks({
  resolve(specifier, context, nextResolve) {
    try {
      return nextResolve(specifier, context)
    } catch (error) {
      if (error.code !== 'ERR_MODULE_NOT_FOUND' || !specifier.startsWith('.')) throw error
      return nextResolve(specifier.replace(/\.js$/, '.ts'), context)
    }
  },
})
