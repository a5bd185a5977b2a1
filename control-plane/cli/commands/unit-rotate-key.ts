import { Command } from 'commander'
import { rotateStackKey } from '../../client/generated/sdk.gen.ts'
import { accepted, askingHeaders, withAsking, type Asking } from '../accepted.ts'
import { answer, openSession, type Surroundings } from '../session.ts'

/** `units rotate-key`: a new generation of a stack's own key. */
export const rotateKeyCommand = (around: Surroundings) =>
  withAsking(
    new Command('rotate-key')
      .description('Make a new generation of a dedicated stack’s key; what older ones sealed goes on opening')
      .argument('<unit>'),
  ).action(async (unit: string, options: Asking, command: Command) => {
    const session = await openSession(command, around)
    const reply = rotateStackKey({ client: session.client, path: { unit }, headers: askingHeaders(options) })
    await accepted(session, await answer(session, reply), options, `${unit} seals with a new generation of its key`)
  })
