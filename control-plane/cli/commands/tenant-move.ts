import { Command, InvalidArgumentError } from 'commander'
import { moveTenant } from '../../client/generated/sdk.gen.ts'
import { accepted, given, matchingHeaders, withAsking, withMatching, type Asking, type Matching } from '../accepted.ts'
import { type LimitOptions, limitsOf, withLimits, withoutPlan } from '../limit-options.ts'
import { answer, openSession, type Surroundings } from '../session.ts'

type Options = Asking & Matching & LimitOptions<number | 'plan'> & { plan: string; soakMinutes?: number }

const minutes = (text: string): number => {
  if (/^(0|[1-9][0-9]{0,8})$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It is not a whole number.')
}

/** `steward tenants move`: another isolation, with all data and the same address. */
export const tenantMove = (around: Surroundings): Command =>
  withLimits(
    withMatching(
      withAsking(
        new Command('move')
          .description('Move a customer with its data to a plan of another isolation; see "steward moves"')
          .argument('<tenant>'),
      ),
    )
      .requiredOption('--plan <name>', 'a plan of another isolation')
      .option(
        '--soak-minutes <n>',
        'how long it can still go back before the old place is removed; 0: not at all',
        minutes,
      ),
  ).action(async (tenant: string, options: Options, command: Command) => {
    const { plan, soakMinutes } = options
    const session = await openSession(command, around)
    const body = { plan, ...given({ soakMinutes }), ...limitsOf(withoutPlan(options)) }
    const reply = moveTenant({ client: session.client, path: { tenant }, body, headers: matchingHeaders(options) })
    await accepted(
      session,
      await answer(session, reply),
      options,
      `${tenant} is served on ${plan}: steward moves get ${tenant}`,
    )
  })
