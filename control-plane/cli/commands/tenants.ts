import { randomUUID } from 'node:crypto'
import { Command } from 'commander'
import {
  createTenant,
  decommissionTenant,
  getTenant,
  listTenants,
  resumeTenant,
  suspendTenant,
  updateTenant,
} from '../../client/generated/sdk.gen.ts'
import type { ListTenantsData, Tenant, TenantPage, TenantPreview } from '../../client/generated/types.gen.ts'
import { accepted, assertYes, given, wholeNumber, withWait, withYes } from '../accepted.ts'
import { duration, renderFields, renderTable, type Column } from '../output.ts'
import { answer, openSession, show, type Session, type Surroundings } from '../session.ts'

type Limits = { requestsPerSecond?: number; burst?: number; statementTimeout?: number }
type Details = { name?: string; externalId?: string; contact?: string; notes?: string }
type Create = Details & Limits & { plan: string; region?: string; dryRun?: boolean; wait?: boolean }
type Update = Details & Limits & { plan?: string; planLimits?: boolean; ifMatch?: string; wait?: boolean }

const COLUMNS: readonly Column<Tenant>[] = [
  ['SLUG', (tenant) => tenant.slug],
  ['NAME', (tenant) => tenant.name],
  ['PLAN', (tenant) => tenant.plan],
  ['REGION', (tenant) => tenant.region],
  ['UNIT', (tenant) => tenant.unit.name],
  ['STATE', (tenant) => tenant.state],
  ['URL', (tenant) => tenant.url],
]

/** Tenants: the customers, whatever their isolation. */
export const tenantCommands = (around: Surroundings): Command[] => {
  const group = new Command('tenants').description('Customers and where they are served')
  const commands = [create, list, get, update, change('suspend', suspendTenant), change('resume', resumeTenant), decommission]
  commands.forEach((make) => group.addCommand(make(around)))
  return [group]
}

const withDetails = (command: Command): Command =>
  command
    .option('--name <text>', 'name for people')
    .option('--external-id <id>', 'id in your CRM or billing; "" clears it')
    .option('--contact <email>', 'whom to write to; "" clears it')
    .option('--notes <text>', '"" clears them')
    .option('--requests-per-second <n>', 'instead of what the plan grants', wholeNumber)
    .option('--burst <n>', 'instead of what the plan grants', wholeNumber)
    .option('--statement-timeout <ms>', 'instead of what the plan grants', wholeNumber)

const limitsOf = ({ requestsPerSecond, burst, statementTimeout }: Limits) => {
  const limits = given({ requestsPerSecond, burst, statementTimeoutMs: statementTimeout })
  return Object.keys(limits).length > 0 ? { limits } : {}
}
const key = () => ({ 'idempotency-key': randomUUID() })

const create = (around: Surroundings) =>
  withWait(withDetails(new Command('create').description('Provision a customer').argument('<slug>', 'first label of its host name')))
    .requiredOption('--plan <name>')
    .option('--region <name>', 'the first region of the plan when left out')
    .option('--dry-run', 'only say what would happen')
    .action(async (slug: string, options: Create, command: Command) => {
      const session = await openSession(command, around)
      const { plan, region, name, externalId, contact, notes, dryRun, wait } = options
      const body = { slug, plan, ...given({ region, name, externalId, contact, notes }), ...limitsOf(options) }
      const reply = createTenant({ client: session.client, body, headers: key(), query: given({ dryRun }) })
      const made = await answer(session, reply)
      if ('dryRun' in made) return show(session, made, renderPreview)
      const done = await accepted(session, made, wait)
      if (done && session.output === 'table') session.print(`${slug} is served at ${made.tenant.url}`)
    })

const renderPreview = ({ tenant, steps, estimate }: TenantPreview): string =>
  renderFields([
    ['would create', `${tenant.slug} on ${tenant.plan} (${tenant.isolation})`],
    ['in', `${tenant.unit.name}, ${tenant.region}; data stays in ${tenant.residency.join(', ')}`],
    ['served at', tenant.url],
    ['limits', `${tenant.limits.requestsPerSecond} requests/s, burst ${tenant.limits.burst}, statements ${tenant.limits.statementTimeoutMs} ms`],
    ['takes', estimate ? `about ${duration(estimate.p50Ms)}, at most ${duration(estimate.p95Ms)} in 95 of 100 runs` : 'no history yet'],
    ...steps.map(({ title }, index) => [`step ${index + 1}`, title] as const),
  ])

type ListQuery = NonNullable<ListTenantsData['query']>
type Filters = { slug?: string; externalId?: string; contact?: string; state?: string; plan?: string; region?: string; unit?: string; limit?: number }

const list = (around: Surroundings) =>
  new Command('list')
    .description('Tenants, without decommissioned ones unless asked for by state')
    .option('--slug <text>', 'beginning of the slug')
    .option('--external-id <id>')
    .option('--contact <text>', 'part of the contact')
    .option('--state <state>')
    .option('--plan <name>')
    .option('--region <name>')
    .option('--unit <name>')
    .option('--limit <n>', 'stop after so many', wholeNumber)
    .action(async ({ limit = Number.POSITIVE_INFINITY, ...filters }: Filters, command: Command) => {
      const session = await openSession(command, around)
      show(session, await listAll(session, filters, limit), (items) => renderTable(COLUMNS, items))
    })

/** Page after page until the end or the limit. */
async function listAll(session: Session, filters: Omit<Filters, 'limit'>, limit: number): Promise<Tenant[]> {
  const tenants: Tenant[] = []
  let cursor: string | null = null
  do {
    const query = { ...given(filters), limit: Math.min(200, limit - tenants.length), ...given({ cursor: cursor ?? undefined }) }
    const page: TenantPage = await answer(session, listTenants({ client: session.client, query: query as ListQuery })) // the plane checks words
    tenants.push(...page.items)
    cursor = page.nextCursor
  } while (cursor !== null && tenants.length < limit)
  return tenants
}

const get = (around: Surroundings) =>
  new Command('get')
    .description('One tenant by slug or id')
    .argument('<tenant>')
    .action(async (tenant: string, _options: unknown, command: Command) => {
      const session = await openSession(command, around)
      const found = await answer(session, getTenant({ client: session.client, path: { tenant } }))
      show(session, found, (one) =>
        renderFields([
          ['id', one.id],
          ...COLUMNS.map(([heading, value]) => [heading.toLowerCase(), value(one)] as const),
          ['limits', `${one.limits.requestsPerSecond} requests/s, burst ${one.limits.burst}, statements ${one.limits.statementTimeoutMs} ms`],
          ['external id', one.externalId],
          ['contact', one.contact],
          ['notes', one.notes],
          ['ready at', one.readyAt],
          ['generation', one.generation],
          ...one.conditions.map(({ type, status, reason, message }) => [type, `${status} (${reason}) ${message}`] as const),
          ...one.operations.map(({ kind, id, state }) => ['operation', `${kind} ${state} ${id}`] as const),
        ]),
      )
    })

const orClear = (text: string | undefined): string | null | undefined => (text === '' ? null : text)

const update = (around: Surroundings) =>
  withWait(withDetails(new Command('update').description('Change plan, limits or details').argument('<tenant>')))
    .option('--plan <name>')
    .option('--plan-limits', 'take back all overrides of limits')
    .option('--if-match <generation>', 'refuse when it changed since; see "generation" in get')
    .action(async (tenant: string, options: Update, command: Command) => {
      const session = await openSession(command, around)
      const { plan, name, externalId, contact, notes } = options
      const details = given({ plan, name, externalId: orClear(externalId), contact: orClear(contact), notes: orClear(notes) })
      const body = { ...details, ...(options.planLimits === true ? { limits: null } : limitsOf(options)) }
      const headers = given({ 'if-match': options.ifMatch === undefined ? undefined : `"${options.ifMatch}"` })
      const changed = await answer(session, updateTenant({ client: session.client, path: { tenant }, body, headers }))
      if ('operationId' in changed) await accepted(session, changed, options.wait)
      else show(session, changed, ({ slug, generation }) => `${slug} is at generation ${generation}`)
    })

type Change = typeof suspendTenant | typeof resumeTenant
const change = (verb: 'suspend' | 'resume', call: Change) => (around: Surroundings) =>
  withWait(new Command(verb).description(verb === 'suspend' ? 'Refuse its requests, keep its data' : 'Serve it again').argument('<tenant>')).action(
    async (tenant: string, { wait }: { wait?: boolean }, command: Command) => {
      const session = await openSession(command, around)
      await accepted(session, await answer(session, call({ client: session.client, path: { tenant }, headers: key() })), wait)
    },
  )

const decommission = (around: Surroundings) =>
  withYes(withWait(new Command('decommission').description('Remove a customer and all its data').argument('<tenant>'))).action(
    async (tenant: string, { yes, wait }: { yes?: boolean; wait?: boolean }, command: Command) => {
      assertYes(yes, `decommission ${tenant} and erase its data`)
      const session = await openSession(command, around)
      const reply = decommissionTenant({ client: session.client, path: { tenant }, headers: key() })
      await accepted(session, await answer(session, reply), wait)
    },
  )
