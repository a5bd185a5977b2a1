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
/** Lanes beside each other: two, for two cores. */
export type Stage = readonly Lane[]

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
/** What stacks are made of, what makes them, and tenants that come to them and leave: beside the other journeys, which take longer. */
const STACKS = [
  'stacks/dedicated',
  'stacks/local/resources',
  'test/e2e/dedicated-stacks.e2e.ts',
  'test/e2e/moves.e2e.ts',
  'test/e2e/residency.e2e.ts',
]
/** The hands by themselves: half as long as everything else that needs a database. */
const HANDS = ['stacks/', 'workflows/']
/** Moves, whose processes and databases are killed: they fill the lane beside the journeys. */
const MOVE_KILLS = ['test/chaos/moves']
/** Runs of the engine, killed at every moment of every resource: no estate either. */
const RUNNER_KILLS = ['test/chaos/runner']
/** Half of the time that all kills take. */
const STEPS_AND_CROWD = [
  'test/chaos/workers/worker-kills.faults.ts',
  'test/chaos/workers/lost-workflow.faults.ts',
  'test/chaos/servers/crowd.faults.ts',
]

/** Stages run one after the other. What needs a tool comes after the toolchain, which a new machine builds in a quarter of an hour. */
export const TIERS = {
  first: [
    [
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
    [
      [
        vitest('workflow'),
        vitest('integration', { name: 'integration of hands', only: HANDS, without: DATABASE_KILLS }),
      ],
      [
        vitest('integration', { without: [...PRODUCTS, ...HANDS.map((path) => path.slice(0, -1))] }),
        vitest('e2e', { name: 'first journeys', only: FIRST_JOURNEYS }),
      ],
    ],
  ],
  // Every journey through an estate, every part of one on real servers, every clause of the product contract broken once.
  thorough: [
    [
      [vitest('e2e', { without: [...FIRST_JOURNEYS, ...STACKS] })],
      [
        vitest('integration', { name: 'product contract', only: PRODUCTS }),
        vitest('integration', { name: 'database kills', only: DATABASE_KILLS }),
        vitest('e2e', { name: 'dedicated stacks', only: STACKS }),
        vitest('faults', { name: 'kills of moves and of runners', only: [...MOVE_KILLS, ...RUNNER_KILLS] }),
      ],
    ],
  ],
  // Processes killed where it hurts. Two lanes: a third makes them slower, for starting what was killed takes both cores.
  faults: [
    [
      [vitest('faults', { name: 'steps and crowd', only: STEPS_AND_CROWD })],
      [vitest('faults', { name: 'other faults', without: [...STEPS_AND_CROWD, ...MOVE_KILLS, ...RUNNER_KILLS] })],
    ],
  ],
  // Linux, root, containerd: the packages are installed when nothing needs asking, and their absence is a failure.
  containers: [[[estate('container node', 'toolchain --node containers'), vitest('containers')]]],
} as const satisfies Record<string, readonly Stage[]>

export type TierName = keyof typeof TIERS
export const isTier = (name: string): name is TierName => Object.hasOwn(TIERS, name)
