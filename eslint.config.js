import nx from '@nx/eslint-plugin'
import tseslint from 'typescript-eslint'

import { dependencyRules } from './tools/dependency-rules.js'

const specs = ['**/*.spec.ts']

/** Only these places may read the environment; everything else receives parsed configuration. */
const readsEnvironment = [
  'libs/service-kit/src/configuration/**',
  'libs/local-stack/src/**',
  'libs/testing/src/**',
  'tools/**',
  'e2e/**',
  'bench/**',
  ...specs,
]

/** Only these places may open an embedded database: the adapter and the replica's file. */
const opensSqlite = ['libs/store/src/**']

export default tseslint.config(
  { ignores: ['**/dist/**', '**/node_modules/**', '.nx/**', '.cache/**', '.cambio*/**', '**/coverage/**', '**/reports/**', '**/*.cjs'] },
  tseslint.configs.base,
  ...tseslint.configs.strictTypeChecked,
  {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { '@nx': nx },
    rules: {
      '@nx/enforce-module-boundaries': ['error', { enforceBuildableLibDependency: true, depConstraints: dependencyRules }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true, allowEmpty: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/ban-ts-comment': ['error', { 'ts-expect-error': 'allow-with-description', minimumDescriptionLength: 10 }],
      '@typescript-eslint/require-await': 'off', // an async port method may have nothing to await in one adapter
      '@typescript-eslint/unified-signatures': 'off',
      'no-console': 'error',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 80, skipBlankLines: true, skipComments: true }],
      'no-restricted-imports': ['error', { paths: [{ name: 'node:sqlite', message: 'node:sqlite belongs to libs/store.' }] }],
    },
  },
  {
    files: ['**/*.ts'],
    ignores: readsEnvironment,
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'Configuration is parsed once, in libs/service-kit/src/configuration.' },
      ],
    },
  },
  { files: opensSqlite, rules: { 'no-restricted-imports': 'off' } },
  {
    files: specs,
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/unbound-method': 'off',
      'max-lines': 'off',
      'max-lines-per-function': 'off',
    },
  },
  { files: ['libs/testing/**', 'libs/local-stack/**', 'tools/**', 'e2e/**', 'bench/**'], rules: { 'no-console': 'off' } },
  { files: ['**/*.js', '**/*.mjs'], extends: [tseslint.configs.disableTypeChecked] },
)
