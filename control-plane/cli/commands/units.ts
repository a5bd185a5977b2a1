import { Command } from 'commander'
import { getDrift, getUnit, listUnits } from '../../client/generated/sdk.gen.ts'
import type { Drift, ListUnitsData, Unit } from '../../client/generated/types.gen.ts'
import { given, withLimit } from '../accepted.ts'
import { attest } from './evidence.ts'
import { renderFields, renderTable, type Column } from '../output.ts'
import { answer, everyPage, openSession, show, type Surroundings } from '../session.ts'
import { backupCommand, backupsCommand } from './unit-backup.ts'
import { deployCommand } from './unit-deploy.ts'
import { reconcileCommand } from './unit-reconcile.ts'
import { rotateKeyCommand } from './unit-rotate-key.ts'

const COLUMNS: readonly Column<Unit>[] = [
  ['NAME', (unit) => unit.name],
  ['KIND', (unit) => unit.kind],
  ['REGION', (unit) => unit.region],
  ['STATE', (unit) => unit.state],
  ['VERSION', (unit) => `${unit.product}:${unit.version}`],
  ['TENANTS', ({ used, capacity }) => (capacity === null ? 'its own' : `${used.tenants}/${capacity.tenants}`)],
]

/** Units of every kind: what a version of the product is deployed to. */
export const unitCommands = (around: Surroundings): Command[] => {
  const group = new Command('units').description(
    'What versions are deployed to: cells, private instances and dedicated stacks',
  )
  const all = [
    list,
    get,
    drift,
    reconcileCommand,
    deployCommand,
    attest,
    backupCommand,
    backupsCommand,
    rotateKeyCommand,
  ]
  for (const make of all) group.addCommand(make(around))
  return [group]
}

type ListQuery = NonNullable<ListUnitsData['query']>
type Filters = { kind?: string; region?: string; state?: string; limit: number }

const list = (around: Surroundings) =>
  withLimit(new Command('list').description('Units by name, without retired ones unless asked for by state'))
    .option('--kind <kind>', 'cell or instance')
    .option('--region <name>')
    .option('--state <state>')
    .action(async ({ limit, ...filters }: Filters, command: Command) => {
      const session = await openSession(command, around)
      const { client } = session
      const query = given(filters) as ListQuery // the plane checks words
      const units = await everyPage(session, limit, (page) => listUnits({ client, query: { ...query, ...page } }))
      show(session, units, (items) => renderTable(COLUMNS, items))
    })

const get = (around: Surroundings) =>
  new Command('get')
    .description('One unit by name or id')
    .argument('<unit>')
    .action(async (unit: string, _options: unknown, command: Command) => {
      const session = await openSession(command, around)
      const found = await answer(session, getUnit({ client: session.client, path: { unit } }))
      show(session, found, (one) =>
        renderFields([
          ['id', one.id],
          ...COLUMNS.map(([heading, value]) => [heading.toLowerCase(), value(one)] as const),
          ...(one.tenant === null ? [] : [['tenant', `${one.tenant.slug} ${one.tenant.id}`] as const]),
          ...(one.facets.length === 0 ? [] : [['its own', one.facets.join(', ')] as const]),
          ['confirmed', one.confirmedVersion],
          ['generation', one.generation],
          ...one.conditions.map((seen) => [seen.type, `${seen.status} (${seen.reason}) ${seen.message}`] as const),
          ...one.operations.map(({ kind, id, state }) => ['operation', `${kind} ${state} ${id}`] as const),
        ]),
      )
    })

const DIFFERENCES: readonly Column<Drift['differences'][number]>[] = [
  ['WHAT', (one) => one.what],
  ['OBJECT', (one) => (one.protected === true ? `${one.object} (protected)` : one.object)],
  ['FIELD', (one) => one.path],
  ['WANTED', (one) => one.wanted],
  ['FOUND', (one) => one.found],
]

const drift = (around: Surroundings) =>
  new Command('drift')
    .description('Where the cluster differs from what was applied: objects and fields')
    .argument('<unit>')
    .action(async (unit: string, _options: unknown, command: Command) => {
      const session = await openSession(command, around)
      const found = await answer(session, getDrift({ client: session.client, path: { unit } }))
      show(session, found, renderDrift)
    })

const renderDrift = ({ unit, observedAt, differences, fault, stack }: Drift): string => {
  const when = observedAt === null ? 'was not compared with its cluster yet' : `compared ${observedAt}`
  const state =
    observedAt === null && differences.length === 0
      ? ''
      : differences.length === 0
        ? ': in sync'
        : `: ${differences.length} differences`
  const failed = fault === null ? [] : [`the latest comparison failed: ${fault}`]
  const parts =
    stack === null
      ? []
      : [`its stack was ${stack.observedAt === null ? 'not looked at yet' : `looked at ${stack.observedAt}`}`]
  const partsFailed =
    stack === null || stack.fault === null ? [] : [`the latest look at its stack failed: ${stack.fault}`]
  return [
    `${unit} ${when}${state}`,
    ...failed,
    ...parts,
    ...partsFailed,
    ...(differences.length === 0 ? [] : [renderTable(DIFFERENCES, differences)]),
  ].join('\n')
}
