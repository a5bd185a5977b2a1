import { Command } from 'commander'
import { deployUnit } from '../../client/generated/sdk.gen.ts'
import {
  accepted,
  given,
  matchingHeaders,
  withAsking,
  withMatching,
  withPlanned,
  type Asking,
  type Matching,
  type OnWish,
} from '../accepted.ts'
import { answer, openSession, show, type Surroundings } from '../session.ts'

type Deploy = Asking & Matching & OnWish & { version: string }

/** `units deploy`: to another version, or back to one before. */
export const deployCommand = (around: Surroundings) =>
  withPlanned(
    withMatching(
      withAsking(
        new Command('deploy').description('Move a unit to another version of its product, or back').argument('<unit>'),
      ),
    ),
  )
    .requiredOption('--version <tag>', 'registered version of its product')
    .action(async (unit: string, options: Deploy, command: Command) => {
      const session = await openSession(command, around)
      const { version } = options
      const reply = deployUnit({
        client: session.client,
        path: { unit },
        query: given({ planned: options.planned }),
        body: { version },
        headers: matchingHeaders(options),
      })
      const found = await answer(session, reply)
      if ('operationId' in found) await accepted(session, found, options, `every pod of ${unit} serves ${version}`)
      else show(session, found, () => `every pod of ${unit} serves ${version} already`)
    })
