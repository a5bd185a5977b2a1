import { Command } from 'commander'
import { checkUnit, getEvidence, listEvidence } from '../../client/generated/sdk.gen.ts'
import type { Evidence } from '../../client/generated/types.gen.ts'
import { accepted, askingHeaders, withAsking, type Asking } from '../accepted.ts'
import { EXIT, Failure } from '../failure.ts'
import { renderTable } from '../output.ts'
import { answer, openSession, show, type Session, type Surroundings } from '../session.ts'
import { assertSucceeded, waitFor } from '../wait.ts'

type Sighting = { what: string; expected: string; seen: string; holds: boolean | null; why?: string }
type Clause = { id: string; title: string; outcome: string; observations: Sighting[] }

/** `products check`: each clause of the contract, and by its exit code whether one is broken (1) or could not be looked at (6). */
export const checkCommand = (around: Surroundings) =>
  withAsking(
    new Command('check')
      .description('Hold a unit in service against every clause of the contract of its product; with --wait, show each')
      .argument('<product>'),
  )
    .requiredOption('--unit <unit>', 'a unit that carries the product, by name or id')
    .action(async (product: string, options: Asking & { unit: string }, command: Command) => {
      const session = await openSession(command, around)
      const { unit } = options
      const reply = checkUnit({
        client: session.client,
        path: { product },
        body: { unit },
        headers: askingHeaders(options),
      })
      const asked = await answer(session, reply)
      if (options.wait !== true) return accepted(session, asked, options)
      assertSucceeded(await waitFor(session, asked.operationId))
      const found = await evidenceOf(session, unit, asked.operationId)
      show(session, found, (one) => renderClauses(clausesOf(one)))
      assertKept(found)
    })

const clausesOf = ({ record }: Evidence): Clause[] => (JSON.parse(record) as { checks?: Clause[] }).checks ?? []

async function evidenceOf(session: Session, unit: string, operationId: string): Promise<Evidence> {
  const { client } = session
  const { items } = await answer(session, listEvidence({ client, query: { unit, kind: 'contract', limit: 50 } }))
  const found = items.find((one) => one.operationId === operationId)
  if (found === undefined)
    throw new Failure(EXIT.other, 'evidence.not-found', `operation ${operationId} left no record of what it saw`)
  return answer(session, getEvidence({ client, path: { id: found.id } }))
}

/** What a person has to know of a clause that did not pass: the first thing that was not as it should be. */
function reasonOf({ outcome, observations }: Clause): string {
  const odd = observations.find(({ holds }) => (outcome === 'fail' ? holds === false : holds === null))
  if (odd === undefined) return ''
  return outcome === 'fail' ? `${odd.what}: ${odd.seen} instead of ${odd.expected}` : `${odd.what}: ${odd.seen}`
}

const renderClauses = (clauses: readonly Clause[]): string =>
  renderTable(
    [
      ['CLAUSE', (clause) => clause.id],
      ['OUTCOME', (clause) => clause.outcome],
      ['WHAT', (clause) => clause.title],
      ['SEEN', reasonOf],
    ],
    clauses,
  )

/** What cannot be looked at on this kind of unit, or at all, says so in its record and is no obstacle. */
const isObstacle = ({ outcome, observations }: Clause): boolean =>
  outcome === 'not-checked' && observations.some(({ holds, why }) => holds === null && why === undefined)

function assertKept(evidence: Evidence): void {
  const clauses = clausesOf(evidence)
  const named = (some: readonly Clause[]) => some.map(({ id }) => id).join(', ')
  const [broken, obstacles] = [clauses.filter(({ outcome }) => outcome === 'fail'), clauses.filter(isObstacle)]
  const details = [`steward evidence get ${evidence.id} lists everything that was looked at`]
  if (broken.length > 0) throw new Failure(EXIT.other, 'contract.broken', `not kept: ${named(broken)}`, details)
  if (obstacles.length > 0)
    throw new Failure(EXIT.retryable, 'contract.not-checked', `could not be looked at: ${named(obstacles)}`, details)
}
