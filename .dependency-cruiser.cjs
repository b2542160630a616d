// What ESLint's tags cannot see: cycles between files, entries that are bypassed, packages that are not declared, and
// test code in what ships. Every rule is an error.
/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'Files that import each other cannot be understood one after the other.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'one-entry',
      comment: 'A library is entered by its index (or a kit that its package.json exports), never by a path into it.',
      severity: 'error',
      from: { path: '^(libs|apps|tools|e2e|bench)/([^/]+)/' },
      to: {
        path: '^libs/([^/]+)/src/',
        pathNot: [
          '^libs/[^/]+/src/index\\.ts$',
          '^libs/store/src/conformance/index\\.ts$',
          '^libs/service-kit/src/openapi/openapi-problems\\.ts$',
          '^$1/$2/',
        ],
      },
    },
    {
      name: 'no-app-imports-an-app',
      severity: 'error',
      from: { path: '^apps/([^/]+)/' },
      to: { path: '^apps/', pathNot: '^apps/$1/' },
    },
    {
      name: 'libraries-never-import-apps',
      severity: 'error',
      from: { path: '^libs/' },
      to: { path: '^(apps|tools|e2e|bench)/' },
    },
    {
      name: 'tests-stay-out-of-what-ships',
      comment: 'Only test files import the testing library, the conformance kit and vitest.',
      severity: 'error',
      from: { path: '^(libs|apps)/', pathNot: ['\\.spec\\.ts$', '^libs/testing/', '^libs/store/src/conformance/', '/src/testing/'] },
      to: { path: ['^libs/testing/', '^libs/store/src/conformance/', '^node_modules/vitest/', '\\.spec\\.ts$', '/src/testing/'] },
    },
    {
      name: 'declared-packages-only',
      comment: 'A package that package.json does not name works by accident of hoisting.',
      severity: 'error',
      from: { path: '^(libs|apps)/' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'undetermined'] },
    },
    {
      name: 'resolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-orphans',
      comment: 'A file that nothing imports and that starts nothing is dead.',
      severity: 'error',
      from: {
        orphan: true,
        pathNot: [
          '\\.spec\\.ts$',
          'vitest\\.config\\.js$',
          '/src/(main|start|index)\\.ts$',
          '/process/reaper\\.ts$',
          '/src/testing/',
          '\\.d\\.ts$',
        ],
      },
      to: {},
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: ['(^|/)(dist|node_modules|coverage|reports)/', '^tools/[^/]+\\.m?js$', 'vitest\\.config\\.js$'] },
    tsPreCompilationDeps: true,
    combinedDependencies: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['@cambio/source', 'import', 'node', 'default'],
      extensions: ['.ts', '.js', '.mjs', '.json'],
    },
  },
}
