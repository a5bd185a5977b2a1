import { Command } from 'commander'
import { getPlan, getRegion, listPlans, listRegions } from '../../client/generated/sdk.gen.ts'
import { renderFields, renderTable } from '../output.ts'
import { answer, openSession, show, type Surroundings } from '../session.ts'

/** Plans and regions: what can be sold, and where it can be placed. */
export const catalogueCommands = (around: Surroundings): Command[] => [plans(around), regions(around)]

const money = ({ minor, currency }: { minor: number; currency: string }) => `${(minor / 100).toFixed(2)} ${currency}`

const plans = (around: Surroundings) => {
  const group = new Command('plans').description('What can be sold')
  group
    .command('list')
    .description('All plans')
    .action(async (_options: unknown, command: Command) => {
      const session = await openSession(command, around)
      const page = await answer(session, listPlans({ client: session.client, query: { limit: 200 } }))
      show(session, page.items, (items) =>
        renderTable(
          [
            ['NAME', (plan) => plan.name],
            ['ISOLATION', (plan) => plan.isolation],
            ['REGIONS', (plan) => plan.regions.join(',')],
            ['REQUESTS/S', (plan) => plan.limits.requestsPerSecond],
            ['PRICE/MONTH', (plan) => money(plan.price)],
          ],
          items,
        ),
      )
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
          ['RTO / RPO', `${one.objectives.rtoSeconds} s / ${one.objectives.rpoSeconds} s`],
          ['price/month', money(one.price)],
        ]),
      )
    })
  return group
}

const regions = (around: Surroundings) => {
  const group = new Command('regions').description('Where things can be placed')
  group
    .command('list')
    .description('All regions')
    .action(async (_options: unknown, command: Command) => {
      const session = await openSession(command, around)
      const page = await answer(session, listRegions({ client: session.client, query: { limit: 200 } }))
      show(session, page.items, (items) =>
        renderTable([['NAME', (region) => region.name], ['TARGET', (region) => region.target], ['DOMAIN', (region) => region.domain]], items),
      )
    })
  group
    .command('get')
    .description('One region')
    .argument('<name>')
    .action(async (name: string, _options: unknown, command: Command) => {
      const session = await openSession(command, around)
      const region = await answer(session, getRegion({ client: session.client, path: { name } }))
      show(session, region, (one) => renderFields([['name', one.name], ['target', one.target], ['domain', one.domain]]))
    })
  return group
}
