import { defineConfig } from 'vitest/config'

/**
 * The test configuration that every project shares.
 *
 * @param {string} root the project's folder: every `src/**\/*.spec.ts` below it runs from source, without a build
 * @param {import('vitest/config').ViteUserConfig['test']} overrides what this project needs differently
 */
export function projectTests(root, overrides = {}) {
  return defineConfig({
    root,
    ssr: { resolve: { conditions: ['@cambio/source', 'module', 'node', 'import', 'default'] } },
    test: {
      include: ['src/**/*.spec.ts'],
      environment: 'node',
      passWithNoTests: true,
      testTimeout: 15_000,
      hookTimeout: 60_000,
      maxWorkers: 2,
      reporters: ['default', ['json', { outputFile: 'dist/test-results.json' }]],
      ...overrides,
    },
  })
}
