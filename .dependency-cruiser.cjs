// Arrows point one way: domain <- control-plane <- workflows -> stacks -> domain. One rule per arrow that must not exist.
const TESTS = '[.](test|it|wf|e2e)[.]ts$'
const WORKFLOW_CODE = '^workflows/.*[.](workflow|policy)[.]ts$'

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-circles',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'domain-is-the-ground',
      comment: 'Pure rules: no npm, no I/O, nothing of ours outside domain.',
      severity: 'error',
      from: { path: '^control-plane/domain/', pathNot: TESTS },
      to: { pathNot: '^control-plane/domain/' },
    },
    {
      name: 'proof-needs-nothing',
      comment: 'What verifies records runs anywhere, also without a plane: Node alone.',
      severity: 'error',
      from: { path: '^control-plane/proof/', pathNot: TESTS },
      to: { pathNot: ['^control-plane/proof/', '^(node:)?(crypto|stream|readline|zlib|string_decoder|events)$'] },
    },
    {
      name: 'control-plane-stands-alone',
      severity: 'error',
      from: { path: '^control-plane/', pathNot: TESTS },
      to: { path: '^(workflows|stacks|test)/' },
    },
    {
      name: 'platform-knows-no-feature',
      severity: 'error',
      from: { path: '^control-plane/platform/', pathNot: TESTS },
      to: { path: '^control-plane/(features|client|cli|console)/' },
    },
    {
      name: 'features-know-no-other-feature',
      severity: 'error',
      from: { path: '^control-plane/features/([^/]+)/', pathNot: TESTS },
      to: { path: '^control-plane/features/', pathNot: '^control-plane/features/$1/' },
    },
    {
      name: 'contracts-are-plain-data',
      comment: 'Names and types for both sides: domain and other contracts.',
      severity: 'error',
      from: { path: '[.]contract[.]ts$' },
      to: { pathNot: ['^control-plane/domain/', '[.]contract[.]ts$'] },
    },
    {
      name: 'surfaces-use-the-client-only',
      severity: 'error',
      from: { path: '^control-plane/(cli|console)/', pathNot: TESTS },
      to: { path: '^(control-plane|workflows|stacks)/', pathNot: '^control-plane/(client/|proof/|cli/|console/)' },
    },
    {
      name: 'stacks-know-domain-only',
      severity: 'error',
      from: { path: '^stacks/', pathNot: TESTS },
      to: { path: '^(control-plane|workflows|test)/', pathNot: '^control-plane/domain/' },
    },
    {
      name: 'workflow-code-is-deterministic',
      comment: 'Contracts, policies, domain and @temporalio/workflow; everything else is an activity.',
      severity: 'error',
      from: { path: WORKFLOW_CODE },
      to: {
        pathNot: [
          '^control-plane/domain/',
          '[.]contract[.]ts$',
          '[.]policy[.]ts$',
          WORKFLOW_CODE,
          '@temporalio/(workflow|common)',
          '^workflows/saga/',
        ],
      },
    },
    {
      name: 'workflows-use-no-surface',
      severity: 'error',
      from: { path: '^workflows/', pathNot: TESTS },
      to: { path: '^(control-plane/(client|cli|console)/|test/)' },
    },
    {
      name: 'nothing-imports-tests',
      severity: 'error',
      from: { path: '^(control-plane|workflows|stacks)/', pathNot: TESTS },
      to: { path: '^test/' },
    },
    {
      name: 'known-packages-only',
      comment: 'Whatever is imported is named in package.json; tests may use development packages.',
      severity: 'error',
      from: { path: '^(control-plane|workflows|stacks)/', pathNot: TESTS },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'npm-dev', 'unknown', 'undetermined'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^control-plane/client/generated/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.json'],
    },
  },
}
