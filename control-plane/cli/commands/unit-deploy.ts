import { Command } from 'commander'
import { deployUnit } from '../../client/generated/sdk.gen.ts'
import { accepted, changeOf, withChanging, type Changing } from '../accepted.ts'
import { answer, openSession, show, type Surroundings } from '../session.ts'

type Deploy = Changing & { version: string }

/** `units deploy`: to another version, or back to one before. */
export const deployCommand = (around: Surroundings) =>
  withChanging(
    new Command('deploy').description('Move a unit to another version of its product, or back').argument('<unit>'),
  )
    .requiredOption('--version <tag>', 'registered version of its product')
    .action(async (unit: string, options: Deploy, command: Command) => {
      const session = await openSession(command, around)
      const { version } = options
      const reply = deployUnit({
        client: session.client,
        path: { unit },
        body: { version },
        ...changeOf(options),
      })
      const found = await answer(session, reply)
      if ('operationId' in found) await accepted(session, found, options, `every pod of ${unit} serves ${version}`)
      else show(session, found, () => `every pod of ${unit} serves ${version} already`)
    })
