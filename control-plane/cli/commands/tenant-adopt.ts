import { Command } from 'commander'
import { adoptTenant } from '../../client/generated/sdk.gen.ts'
import { accepted, askingHeaders, given, withAsking, type Asking } from '../accepted.ts'
import { type LimitOptions, limitsOf, withOwnLimits } from '../limit-options.ts'
import { answer, openSession, type Surroundings } from '../session.ts'
import { type Details, withDetails } from '../tenant-details.ts'

type Options = Asking &
  Details &
  LimitOptions<number> & {
    plan: string
    namespace: string
    database: string
    id?: string
    region?: string
    product?: string
  }

/** `steward tenants adopt`: what an existing customer has becomes a tenant, once it was observed and that was approved. */
export const tenantAdopt = (around: Surroundings): Command =>
  withOwnLimits(
    withDetails(
      withAsking(
        new Command('adopt')
          .description('Observe what an existing customer has, and take it over once that is approved')
          .argument('<slug>', 'first label of its host name'),
      ),
    ),
  )
    .requiredOption('--plan <name>', 'a private plan')
    .requiredOption('--namespace <name>', 'its namespace in the cluster of the region')
    .requiredOption('--database <name>', 'its database on the product database cluster of the region')
    .option('--id <uuid>', 'the tenant_id that its rows carry; a new one when left out')
    .option('--region <name>', 'the first of the plan when left out')
    .option('--product <name>', 'a registered product; that of the plan when left out')
    .action(async (slug: string, options: Options, command: Command) => {
      const { plan, namespace, database, id, region, product, name, externalId, contact, notes } = options
      const session = await openSession(command, around)
      const body = {
        slug,
        plan,
        namespace,
        database,
        ...given({ id, region, product, name, externalId, contact, notes }),
        ...limitsOf(options),
      }
      const reply = adoptTenant({ client: session.client, body, headers: askingHeaders(options) })
      const made = await answer(session, reply)
      await accepted(session, made, options, `${slug} is served at ${made.tenant.url}`)
    })
