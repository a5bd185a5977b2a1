import { Command } from 'commander'
import { extendTrial } from '../../client/generated/sdk.gen.ts'
import { matchingHeaders, wholeNumber, withKey, withMatching, type Asking, type Matching } from '../accepted.ts'
import { answer, openSession, show, type Surroundings } from '../session.ts'

/** `steward tenants extend-trial`: more time to decide. */
export const trialExtension = (around: Surroundings): Command =>
  withMatching(withKey(new Command('extend-trial').description('Give a trial more days').argument('<tenant>')))
    .requiredOption('--days <n>', 'after the end it had, or after now when that is past', wholeNumber)
    .action(async (tenant: string, { days, ...options }: Asking & Matching & { days: number }, command: Command) => {
      const session = await openSession(command, around)
      const [path, headers] = [{ tenant }, matchingHeaders(options)]
      const changed = await answer(session, extendTrial({ client: session.client, path, body: { days }, headers }))
      show(session, changed, ({ slug, state, trialEndsAt }) =>
        state === 'suspended' || state === 'suspending'
          ? `the trial of ${slug} ends at ${trialEndsAt}; it is ${state}: steward tenants resume ${slug}`
          : `the trial of ${slug} ends at ${trialEndsAt}`,
      )
    })
