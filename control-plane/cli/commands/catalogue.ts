import { Command } from 'commander'
import { getPlan, getRegion, listPlans, listRegions } from '../../client/generated/sdk.gen.ts'
import type { Plan, Region } from '../../client/generated/types.gen.ts'
import { money } from '../money.ts'
import { renderFields, renderTable, type Column } from '../output.ts'
import { answer, everyPage, openSession, show, type Surroundings } from '../session.ts'

/** Plans and regions: what can be sold, and where it can be placed. */
export const catalogueCommands = (around: Surroundings): Command[] => [plans(around), regions(around)]

const PLAN_COLUMNS: readonly Column<Plan>[] = [
  ['NAME', (plan) => plan.name],
  ['ISOLATION', (plan) => plan.isolation],
  ['REGIONS', (plan) => plan.regions.join(',')],
  ['REQUESTS/S', (plan) => plan.limits.requestsPerSecond],
  ['PRICE/MONTH', (plan) => money(plan.price.minor, plan.price.currency)],
]

/** What a private plan gives to its tenant alone. */
const ownOf = ({ isolation, facets, compute }: Plan): readonly (readonly [string, string])[] =>
  isolation === 'shared' || compute === null
    ? []
    : [
        ['its own', facets?.join(', ') ?? 'all that the region can enforce'],
        ['CPU', `${compute.cpuMillis / 1000} cores`],
        ['memory', `${compute.memoryMib} MiB (scratch space ${compute.ephemeralMib} MiB)`],
        ['storage', `${compute.storageMib} MiB`],
        ['pods', `${compute.pods} (${compute.objects} configuration maps, as many secrets)`],
        ['database connections', String(compute.connections)],
      ]

const plans = (around: Surroundings) => {
  const group = new Command('plans').description('What can be sold')
  group
    .command('list')
    .description('All plans')
    .action(async (_options: unknown, command: Command) => {
      const session = await openSession(command, around)
      const { client } = session
      const all = await everyPage(session, Number.POSITIVE_INFINITY, (page) => listPlans({ client, query: page }))
      show(session, all, (items) => renderTable(PLAN_COLUMNS, items))
    })
  group
    .command('get')
    .description('One plan')
    .argument('<name>')
    .action(async (name: string, _options: unknown, command: Command) => {
      const session = await openSession(command, around)
      const plan = await answer(session, getPlan({ client: session.client, path: { name } }))
      show(session, plan, (one) =>
        renderFields([
          ['name', one.name],
          ['title', one.title],
          ['isolation', one.isolation],
          ['regions', one.regions.join(', ')],
          ['requests/s', `${one.limits.requestsPerSecond} (burst ${one.limits.burst})`],
          ['statement timeout', `${one.limits.statementTimeoutMs} ms`],
          ...ownOf(one),
          ['RTO / RPO', `${one.objectives.rtoSeconds} s / ${one.objectives.rpoSeconds} s`],
          ['release ring', one.ring],
          ['price/month', money(one.price.minor, one.price.currency)],
          ['set-up', money(one.price.setupMinor, one.price.currency)],
          ['trial', one.trialDays === null ? 'no' : `${one.trialDays} days, then suspended`],
        ]),
      )
    })
  return group
}

const REGION_COLUMNS: readonly Column<Region>[] = [
  ['NAME', (region) => region.name],
  ['TARGET', (region) => region.target],
  ['DOMAIN', (region) => region.domain],
]

const regions = (around: Surroundings) => {
  const group = new Command('regions').description('Where things can be placed')
  group
    .command('list')
    .description('All regions')
    .action(async (_options: unknown, command: Command) => {
      const session = await openSession(command, around)
      const { client } = session
      const all = await everyPage(session, Number.POSITIVE_INFINITY, (page) => listRegions({ client, query: page }))
      show(session, all, (items) => renderTable(REGION_COLUMNS, items))
    })
  group
    .command('get')
    .description('One region')
    .argument('<name>')
    .action(async (name: string, _options: unknown, command: Command) => {
      const session = await openSession(command, around)
      const region = await answer(session, getRegion({ client: session.client, path: { name } }))
      show(session, region, (one) =>
        renderFields([
          ['name', one.name],
          ['target', one.target],
          ['domain', one.domain],
          ['edge', one.edgeUrl],
          ['gateway', one.gatewayUrl],
          ['Prometheus', one.prometheusUrl],
          ['keeps apart', one.facets.join(', ') || 'nothing'],
          ['private instances', one.instances],
          ['dedicated stacks', one.stacks],
          ['generation', one.generation],
        ]),
      )
    })
  return group
}
