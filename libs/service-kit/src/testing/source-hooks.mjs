// Lets a child process of a test run the workspace's source as it stands: decorators need more than Node's stripping of types.
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createRequire, enableCompileCache, registerHooks } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

// Tests start several children: what the first has compiled the others need not.
const cache = join(import.meta.dirname, '..', '..', 'dist', 'source-cache')
mkdirSync(cache, { recursive: true })
enableCompileCache(join(cache, 'v8'))

const require = createRequire(import.meta.url)

function compiled(file) {
  const source = readFileSync(file, 'utf8')
  const kept = join(cache, `${createHash('sha256').update(source).digest('hex')}.mjs`)
  try {
    return readFileSync(kept, 'utf8')
  } catch {
    const ts = require('typescript') // only now, as it takes half a second to load
    const compilerOptions = {
      module: ts.ModuleKind.ESNext,
      target: ts.ScriptTarget.ES2023,
      experimentalDecorators: true,
      emitDecoratorMetadata: true,
      verbatimModuleSyntax: true,
    }
    const { outputText } = ts.transpileModule(source, { compilerOptions, fileName: file })
    const fresh = `${kept}.${process.pid}`
    writeFileSync(fresh, outputText)
    renameSync(fresh, kept)
    return outputText
  }
}

/** The address of every module that this process has loaded, for tests of what a start needs. */
globalThis.loadedModules = []

registerHooks({
  resolve(specifier, context, nextResolve) {
    try {
      return nextResolve(specifier, context)
    } catch (error) {
      if (error.code !== 'ERR_MODULE_NOT_FOUND' || !specifier.startsWith('.')) throw error
      return nextResolve(specifier.replace(/\.js$/, '.ts'), context)
    }
  },
  load(url, context, nextLoad) {
    globalThis.loadedModules.push(url)
    if (!url.startsWith('file:') || !url.endsWith('.ts')) return nextLoad(url, context)
    return { format: 'module', shortCircuit: true, source: compiled(fileURLToPath(url)) }
  },
})
