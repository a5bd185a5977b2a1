import { Command } from 'commander'
import { getDrift, reconcileUnit } from '../../client/generated/sdk.gen.ts'
import { accepted, askingHeaders, given, withAsking, withPlanned, type Asking, type OnWish } from '../accepted.ts'
import { answer, openSession, type Session, type Surroundings } from '../session.ts'

/** `units reconcile`: what differs is made what was applied; with `--wait` it says what that was. */
export const reconcileCommand = (around: Surroundings) =>
  withPlanned(
    withAsking(
      new Command('reconcile')
        .description('Repair where a unit differs from what was applied; what nobody of us made stays')
        .argument('<unit>'),
    ),
  ).action(async (unit: string, options: Asking & OnWish, command: Command) => {
    const session = await openSession(command, around)
    const query = given({ planned: options.planned })
    const reply = reconcileUnit({ client: session.client, path: { unit }, query, headers: askingHeaders(options) })
    await accepted(session, await answer(session, reply), options)
    if (options.wait === true && session.output === 'table') session.print(await outcome(session, unit))
  })

/** What the repair that just ended did, in a sentence. */
async function outcome(session: Session, unit: string): Promise<string> {
  const { repair } = await answer(session, getDrift({ client: session.client, path: { unit } }))
  const strange = repair?.remaining?.filter(({ what }) => what === 'unknown').length ?? 0
  const repaired = (repair?.found.length ?? 0) - (repair?.remaining?.length ?? 0)
  const left = strange === 0 ? '' : `; ${strange} that nobody of us made stayed: steward units drift ${unit}`
  return `${unit}: ${repaired > 0 ? `${repaired} differences repaired` : 'nothing to repair'}${left}`
}
