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
      // Real servers and processes on a shared machine: a test that fails once there runs once more, and the report names it.
      retry: process.env.CI ? 1 : 0,
      reporters: ['default', ['json', { outputFile: 'reports/tests.json' }]],
      ...overrides,
    },
  })
}
