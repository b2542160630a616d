import { readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { describe, expect, it } from 'vitest'

const imported = /from '([^']+)'/g

/** Every file and package that a file reaches through its imports. */
function reachableFrom(entry: string): { readonly files: readonly string[]; readonly packages: readonly string[] } {
  const files = new Set<string>()
  const packages = new Set<string>()
  const visit = (file: string): void => {
    if (files.has(file)) return
    files.add(file)
    for (const [, specifier = ''] of readFileSync(file, 'utf8').matchAll(imported)) {
      if (specifier.startsWith('.')) visit(join(dirname(file), specifier.replace(/\.js$/, '.ts')))
      else packages.add(specifier)
    }
  }
  visit(join(import.meta.dirname, entry))
  return { files: [...files].map((file) => relative(import.meta.dirname, file)), packages: [...packages] }
}

describe('the main entry', () => {
  it('reaches neither the conformance suite nor its test runner', () => {
    const { files, packages } = reachableFrom('index.ts')
    expect(files).toContain('sqlite/sqlite-collection.ts')
    expect(files.filter((file) => file.startsWith('conformance'))).toEqual([])
    expect(packages.filter((name) => !name.startsWith('node:'))).toEqual(['zod'])
  })

  it('keeps every adapter out of the conformance suite', () => {
    const { files, packages } = reachableFrom('conformance/index.ts')
    expect(files.filter((file) => file.startsWith('sqlite') || file.startsWith('replica-file'))).toEqual([])
    expect(packages).not.toContain('node:sqlite')
  })
})
