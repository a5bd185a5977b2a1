import { Command, Option } from 'commander'
import {
  createTenant,
  decommissionTenant,
  getTenant,
  listTenants,
  resumeTenant,
  suspendTenant,
  updateTenant,
} from '../../client/generated/sdk.gen.ts'
import type { ListTenantsData, Tenant, TenantLimits, TenantPreview } from '../../client/generated/types.gen.ts'
import {
  accepted,
  askingHeaders,
  assertYes,
  given,
  matchingHeaders,
  withAsking,
  withLimit,
  withMatching,
  withChanging,
  withYes,
  changeOf,
  type Asking,
  type Changing,
  type Matching,
} from '../accepted.ts'
import { usageError } from '../failure.ts'
import { type LimitOptions, limitsOf, withLimits, withOwnLimits, withoutPlan } from '../limit-options.ts'
import { money } from '../money.ts'
import { duration, renderFields, renderTable, type Column } from '../output.ts'
import { answer, everyPage, openSession, show, type Surroundings } from '../session.ts'
import { type Details, withDetails } from '../tenant-details.ts'
import { tenantCertificate } from './certificates.ts'
import { tenantExport } from './exports.ts'
import { tenantAdopt } from './tenant-adopt.ts'
import { hold, holdRelease, holds } from './tenant-hold.ts'
import { handOff } from './tenant-hand-off.ts'
import { kubeconfig } from './tenant-kubeconfig.ts'
import { tenantMove } from './tenant-move.ts'
import { trialExtension } from './tenant-trial.ts'

type Create = Asking &
  Details &
  LimitOptions<number> & { plan?: string; quote?: string; region?: string; product?: string; dryRun?: boolean }
type Update = Changing & Details & LimitOptions<number | 'plan'> & { plan?: string; planLimits?: boolean }

const COLUMNS: readonly Column<Tenant>[] = [
  ['SLUG', (tenant) => tenant.slug],
  ['NAME', (tenant) => tenant.name],
  ['PLAN', (tenant) => tenant.plan],
  ['ISOLATION', (tenant) => tenant.isolation],
  ['REGION', (tenant) => tenant.region],
  ['UNIT', (tenant) => tenant.unit.name],
  ['STATE', (tenant) => tenant.state],
  ['URL', (tenant) => tenant.url],
]

/** Tenants: the customers, whatever their isolation. */
export const tenantCommands = (around: Surroundings): Command[] => {
  const group = new Command('tenants').description('Customers and where they are served')
  const commands = [
    create,
    tenantAdopt,
    list,
    get,
    update,
    change('suspend'),
    change('resume'),
    tenantExport,
    tenantMove,
    decommission,
    tenantCertificate,
    kubeconfig,
    handOff,
    trialExtension,
    hold,
    holds,
    holdRelease,
  ]
  for (const make of commands) group.addCommand(make(around))
  return [group]
}

const create = (around: Surroundings) =>
  withOwnLimits(
    withDetails(
      withAsking(
        new Command('create').description('Provision a customer').argument('<slug>', 'first label of its host name'),
      ),
    ),
  )
    .option('--plan <name>', 'needed unless a quote names it')
    .option('--quote <id>', 'accept this quote: what it offers holds and need not be said again')
    .option('--region <name>', 'that of the quote, else the first of the plan, when left out')
    .option('--product <name>', 'a registered product; that of quote or plan when left out')
    .addOption(new Option('--dry-run', 'only say what would happen').conflicts('wait'))
    .action(async (slug: string, options: Create, command: Command) => {
      const { plan, quote, region, product, name, externalId, contact, notes, dryRun } = options
      if (plan === undefined && quote === undefined)
        throw usageError('name a plan with --plan, or a quote with --quote')
      const session = await openSession(command, around)
      const body = {
        slug,
        ...given({ plan, quote, region, product, name, externalId, contact, notes }),
        ...limitsOf(options),
      }
      const [headers, query] = [askingHeaders(options), given({ dryRun })]
      const made = await answer(session, createTenant({ client: session.client, body, headers, query }))
      if ('dryRun' in made) return show(session, made, renderPreview)
      await accepted(session, made, options, `${slug} is served at ${made.tenant.url}`)
    })

const limitsText = ({ requestsPerSecond, burst, statementTimeoutMs }: TenantLimits): string =>
  `${requestsPerSecond} requests/s, burst ${burst}, statements ${statementTimeoutMs} ms`

const ownOf = (facets: Tenant['facets']) => (facets.length === 0 ? [] : [['its own', facets.join(', ')] as const])

const renderPreview = ({ tenant, steps, estimate }: TenantPreview): string =>
  renderFields([
    ['would create', `${tenant.slug} on ${tenant.plan} (${tenant.isolation})`],
    ['product', tenant.product],
    ['in', `${tenant.unit.kind} ${tenant.unit.name}, ${tenant.region}; data stays in ${tenant.residency.join(', ')}`],
    ...ownOf(tenant.facets),
    ['served at', tenant.url],
    ['limits', limitsText(tenant.limits)],
    ['price/month', money(tenant.price.minor, tenant.price.currency)],
    ['set-up', money(tenant.price.setupMinor, tenant.price.currency)],
    [
      'takes',
      estimate
        ? `about ${duration(estimate.p50Ms)}, at most ${duration(estimate.p95Ms)} in 95 of 100 runs`
        : 'no history yet',
    ],
    ...steps.map(({ title }, index) => [`step ${index + 1}`, title] as const),
  ])

type ListQuery = NonNullable<ListTenantsData['query']>
type Filters = {
  slug?: string
  externalId?: string
  contact?: string
  state?: string
  plan?: string
  region?: string
  unit?: string
  limit: number
}

const list = (around: Surroundings) =>
  withLimit(new Command('list').description('Newest first, without decommissioned ones unless asked for by state'))
    .option('--slug <text>', 'beginning of the slug')
    .option('--external-id <id>')
    .option('--contact <text>', 'part of the contact')
    .option('--state <state>')
    .option('--plan <name>')
    .option('--region <name>')
    .option('--unit <name>')
    .action(async ({ limit, ...filters }: Filters, command: Command) => {
      const session = await openSession(command, around)
      const { client } = session
      const query = given(filters) as ListQuery // the plane checks words
      const tenants = await everyPage(session, limit, (page) => listTenants({ client, query: { ...query, ...page } }))
      show(session, tenants, (items) => renderTable(COLUMNS, items))
    })

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
          ...ownOf(one.facets),
          ['limits', limitsText(one.limits)],
          ['price/month', money(one.price.minor, one.price.currency)],
          ...(one.quoteId === null ? [] : [['quote', one.quoteId] as const]),
          ...(one.trialEndsAt === null ? [] : [['trial ends', one.trialEndsAt] as const]),
          ['external id', one.externalId],
          ['contact', one.contact],
          ['notes', one.notes],
          ['ready at', one.readyAt],
          ['generation', one.generation],
          ...one.conditions.map(
            ({ type, status, reason, message }) => [type, `${status} (${reason}) ${message}`] as const,
          ),
          ...one.operations.map(({ kind, id, state }) => ['operation', `${kind} ${state} ${id}`] as const),
        ]),
      )
    })

const orClear = (text: string | undefined): string | null | undefined => (text === '' ? null : text)
const update = (around: Surroundings) =>
  withLimits(withChanging(new Command('update').description('Change plan, limits or details').argument('<tenant>')))
    .option('--plan <name>')
    .option('--name <text>', 'name for people')
    .option('--external-id <id>', 'id in your CRM or billing; "" clears it')
    .option('--contact <email>', 'whom to write to; "" clears it')
    .option('--notes <text>', '"" clears them')
    .addOption(
      new Option('--plan-limits', 'take all of them back').conflicts([
        'requestsPerSecond',
        'burst',
        'statementTimeout',
      ]),
    )
    .action(async (tenant: string, options: Update, command: Command) => {
      const { plan, name, externalId, contact, notes } = options
      const cleared = { externalId: orClear(externalId), contact: orClear(contact), notes: orClear(notes) }
      const limits = options.planLimits === true ? { limits: null } : limitsOf(withoutPlan(options))
      const body = { ...given({ plan, name, ...cleared }), ...limits }
      if (Object.keys(body).length === 0) throw usageError('nothing to change: name at least one option')
      const session = await openSession(command, around)
      const reply = updateTenant({ client: session.client, path: { tenant }, body, ...changeOf(options) })
      const changed = await answer(session, reply)
      if ('operationId' in changed) await accepted(session, changed, options)
      else show(session, changed, ({ slug, generation }) => `${slug} is at generation ${generation}`)
    })

const VERBS = {
  suspend: { call: suspendTenant, description: 'Refuse its requests, keep its data', done: 'is suspended' },
  resume: { call: resumeTenant, description: 'Serve it again', done: 'is served again' },
} as const
const change = (verb: keyof typeof VERBS) => (around: Surroundings) => {
  const { call, description, done } = VERBS[verb]
  return withChanging(new Command(verb).description(description).argument('<tenant>')).action(
    async (tenant: string, options: Changing, command: Command) => {
      const session = await openSession(command, around)
      const reply = call({ client: session.client, path: { tenant }, ...changeOf(options) })
      await accepted(session, await answer(session, reply), options, `${tenant} ${done}`)
    },
  )
}

const decommission = (around: Surroundings) => {
  const command = new Command('decommission')
    .description('Export a customer, remove it and all its data, and certify that nothing is left')
    .argument('<tenant>')
    .option('--without-export', 'keep none; who waived it is on the certificate')
  return withYes(withMatching(withAsking(command))).action(
    async (tenant: string, options: Asking & Matching & { yes?: boolean; withoutExport?: boolean }, self: Command) => {
      assertYes(options.yes, `decommission ${tenant} and erase its data`)
      const session = await openSession(self, around)
      const [query, headers] = [given({ withoutExport: options.withoutExport }), matchingHeaders(options)]
      const reply = decommissionTenant({ client: session.client, path: { tenant }, query, headers })
      await accepted(session, await answer(session, reply), options, `${tenant} and its data are gone`)
    },
  )
}
