import { Command } from 'commander'
import { getChangePlan, planChange } from '../../client/generated/sdk.gen.ts'
import type { ChangePlan } from '../../client/generated/types.gen.ts'
import { askingHeaders, withKey, type Asking } from '../accepted.ts'
import { planText } from '../plan-text.ts'
import { answer, openSession, show, type Surroundings } from '../session.ts'

/** `operations plan`: what somebody who is asked to approve looks at. */
export const plan = (around: Surroundings) =>
  withKey(
    new Command('plan')
      .description('What it would do to a dedicated stack, before it is approved')
      .argument('<id>')
      .option('--again', 'plan anew, from what there is now'),
  ).action(async (id: string, { again, ...asking }: Asking & { again?: boolean }, command: Command) => {
    const session = await openSession(command, around)
    const { client } = session
    const path = { id }
    const reply = again ? planChange({ client, path, headers: askingHeaders(asking) }) : getChangePlan({ client, path })
    show(session, await answer<ChangePlan>(session, reply), planText)
  })
