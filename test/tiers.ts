/** What is checked together. `first` is what every change waits for; the others take longer or need more of the machine. */
export type Check = {
  name: string
  command: string
  args: string[]
  vitest?: true
  /** Shows its output as it comes: it may take minutes. */
  live?: true
}
/** Checks one after the other. */
export type Lane = readonly Check[]
/** `opening`: what everything else of a run waits for. `lanes`: what takes longest first, so that the last ones end together. */
export type Tier = { opening?: readonly Lane[]; lanes: readonly Lane[] }

const check = (name: string, line: string): Check => {
  const [command = '', ...args] = line.split(' ')
  return { name, command, args }
}
type Part = { name?: string; only?: readonly string[]; without?: readonly string[] }
/** The tests of a project: all, those below some paths, or all but those. */
const vitest = (project: string, { name = `${project} tests`, only = [], without = [] }: Part = {}): Check => ({
  name,
  command: 'vitest',
  args: [
    'run',
    ...only,
    ...without.flatMap((path) => ['--exclude', path.endsWith('.ts') ? path : `${path}/**`]),
    '--project',
    project,
    '--reporter',
    'default',
    '--reporter',
    'json',
  ],
  vitest: true,
})
const estate = (name: string, line: string): Check => ({
  ...check(name, `node stacks/local/commands/main.ts ${line}`),
  live: true,
})

const FIRST_JOURNEYS = ['test/e2e/first']
const PRODUCTS = ['test/products']
/** A PostgreSQL cluster for each fault, most of them started more than once. */
const DATABASE_KILLS = ['stacks/local/resources/postgres-cluster/postgres-faults.it.ts']
/** What stacks are made of, what makes them, and tenants that come to them and leave. */
const STACKS = ['stacks/dedicated', 'stacks/local/resources']
const TENANTS_OF_STACKS = ['dedicated-stacks', 'moves', 'residency'].map((name) => `test/e2e/${name}.e2e.ts`)
/** Every step of every process fails, and every command of the documents is run. */
const STEPS_AND_DOCUMENTS = ['step-faults', 'documents'].map((name) => `test/e2e/${name}.e2e.ts`)
/** The hands by themselves: half as long as everything else that needs a database. */
const HANDS = ['stacks/', 'workflows/']
const MOVE_KILLS = ['test/chaos/moves']
const WORKER_KILLS = ['test/chaos/workers']

/**
 * Two lanes of a run are under way at any time, for two cores: a third makes them slower. What needs a tool comes after the
 * toolchain, which a new machine builds in a quarter of an hour.
 */
export const TIERS = {
  first: {
    opening: [
      [estate('toolchain', 'toolchain'), vitest('unit')],
      [
        check('lock file', 'node .ci/complete-lock.mjs --check'),
        check('format', 'oxfmt --check .'),
        check('lint', 'oxlint --type-aware'),
        check('types', 'tsc -p .'),
        check('workflow types', 'tsc -p workflows'),
        check('dead code', 'knip --no-progress'),
      ],
    ],
    lanes: [
      [vitest('workflow')],
      [vitest('integration', { without: [...PRODUCTS, ...HANDS.map((path) => path.slice(0, -1))] })],
      [vitest('integration', { name: 'integration of hands', only: HANDS, without: DATABASE_KILLS })],
      [vitest('e2e', { name: 'first journeys', only: FIRST_JOURNEYS })],
    ],
  },
  // Processes killed where it hurts.
  faults: {
    lanes: [
      [vitest('faults', { name: 'kills of workers', only: WORKER_KILLS })],
      [vitest('faults', { name: 'kills of moves', only: MOVE_KILLS })],
      [vitest('faults', { name: 'other faults', without: [...WORKER_KILLS, ...MOVE_KILLS] })],
    ],
  },
  // Every journey through an estate, every part of one on real servers, every clause of the product contract broken once.
  thorough: {
    lanes: [
      [vitest('e2e', { name: 'steps and documents', only: STEPS_AND_DOCUMENTS })],
      [vitest('e2e', { without: [...FIRST_JOURNEYS, ...STACKS, ...TENANTS_OF_STACKS, ...STEPS_AND_DOCUMENTS] })],
      [vitest('e2e', { name: 'dedicated stacks', only: STACKS })],
      [vitest('e2e', { name: 'tenants of stacks', only: TENANTS_OF_STACKS })],
      [vitest('integration', { name: 'product contract', only: PRODUCTS })],
      [vitest('integration', { name: 'database kills', only: DATABASE_KILLS })],
    ],
  },
  // Linux, root, containerd: the packages are installed when nothing needs asking, and their absence is a failure.
  containers: { lanes: [[estate('container node', 'toolchain --node containers'), vitest('containers')]] },
} as const satisfies Record<string, Tier>

export type TierName = keyof typeof TIERS
export const isTier = (name: string): name is TierName => Object.hasOwn(TIERS, name)
