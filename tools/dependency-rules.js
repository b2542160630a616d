/**
 * Who may import whom, once: ESLint (@nx/enforce-module-boundaries) enforces it while one types.
 * Nothing that is not listed here is allowed. `allowedExternalImports` keeps an engine behind its one library.
 */
const scope = (name) => `scope:${name}`

/** npm packages that belong to one library each, with the projects that may import them. */
const ownedPackages = {
  mongoose: ['store'],
  '@nats-io/*': ['messaging', 'testing', 'chaos'],
  jose: ['token-trust', 'token-service', 'testing', 'demo', 'e2e', 'bench'],
  undici: ['safe-fetch'],
  'oidc-provider': ['demo'],
}

const bannedFor = (project) => Object.entries(ownedPackages).flatMap(([name, owners]) => (owners.includes(project) ? [] : [name]))

/** Our own libraries that each project may import. Only test files import `testing`. */
const mayImport = {
  oauth: [],
  contracts: [],
  'token-trust': ['oauth'],
  'safe-fetch': [],
  store: [],
  'local-stack': ['contracts'],
  messaging: ['contracts', 'store'],
  'service-kit': ['oauth', 'contracts', 'messaging', 'token-trust'],
  testing: ['oauth', 'contracts', 'local-stack'],
  'idp-registry': ['oauth', 'contracts', 'token-trust', 'safe-fetch', 'store', 'messaging', 'service-kit'],
  applications: ['oauth', 'contracts', 'token-trust', 'store', 'messaging', 'service-kit'],
  'token-service': ['oauth', 'contracts', 'token-trust', 'store', 'messaging', 'service-kit'],
  launcher: ['local-stack'],
  demo: ['local-stack'],
  chaos: ['contracts', 'local-stack', 'messaging', 'store', 'testing'],
  generate: ['contracts', 'oauth', 'service-kit', 'token-trust'],
  workspace: [],
  e2e: ['local-stack', 'testing', 'demo'],
  bench: ['local-stack', 'testing'],
}

/** Test files of these projects build their fixtures with `testing`; a dependency-cruiser rule keeps it out of shipped code. */
const testedWithTesting = [
  'token-trust',
  'safe-fetch',
  'store',
  'messaging',
  'service-kit',
  'idp-registry',
  'applications',
  'token-service',
]

/** Pure code knows no framework. */
const pure = ['oauth', 'contracts', 'token-trust', 'safe-fetch', 'store']

export const dependencyRules = Object.entries(mayImport).map(([project, allowed]) => ({
  sourceTag: scope(project),
  onlyDependOnLibsWithTags: [...allowed, ...(testedWithTesting.includes(project) ? ['testing'] : [])].map(scope),
  bannedExternalImports: [...bannedFor(project), ...(pure.includes(project) ? ['@nestjs/*'] : [])],
}))
