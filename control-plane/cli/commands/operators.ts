import { Command } from 'commander'
import {
  createOperator,
  disableOperator,
  enableOperator,
  getOperator,
  listOperators,
  setOperatorRole,
} from '../../client/generated/sdk.gen.ts'
import type { ListOperatorsData, Operator, SetOperatorRoleData } from '../../client/generated/types.gen.ts'
import {
  askingHeaders,
  given,
  matchingHeaders,
  withKey,
  withLimit,
  withMatching,
  type Asking,
  type Matching,
} from '../accepted.ts'
import { renderFields, renderTable, type Column } from '../output.ts'
import { answer, everyPage, openSession, show, type Surroundings } from '../session.ts'

type Role = SetOperatorRoleData['body']['role']
type Filters = { name?: string; role?: string; state?: string; limit: number }

/** The people and scripts that run the plane. */
export const operatorCommands = (around: Surroundings): Command[] => {
  const group = new Command('operators').description('Who runs the plane, and as what')
  for (const make of [create, list, get, disable, enable, setRole]) group.addCommand(make(around))
  return [group]
}

const stateOf = ({ disabledAt, expiresAt }: Operator): string =>
  disabledAt !== null ? 'disabled' : expiresAt === null ? 'enabled' : `until ${expiresAt}`

const COLUMNS: readonly Column<Operator>[] = [
  ['NAME', (operator) => operator.name],
  ['ROLE', (operator) => operator.role],
  ['STATE', stateOf],
  ['SIGNS IN', (operator) => operator.issuer ?? 'by tokens'],
  ['LAST USED', (operator) => operator.lastUsedAt],
]

const create = (around: Surroundings) =>
  withKey(new Command('create').description('Make an operator; then make it a token').argument('<name>'))
    .requiredOption('--role <role>', 'what it is to do: see "steward access explain"')
    .action(async (name: string, { role, ...asking }: Asking & { role: string }, command: Command) => {
      const session = await openSession(command, around)
      const body = { name, role: role as Role } // the plane checks words
      const reply = createOperator({ client: session.client, body, headers: askingHeaders(asking) })
      show(
        session,
        await answer(session, reply),
        () => `${name} is a ${role}; let it in: steward tokens create ci --operator ${name} --to-file FILE`,
      )
    })

const list = (around: Surroundings) =>
  withLimit(new Command('list').description('All operators, by name'))
    .option('--name <text>', 'part of the name')
    .option('--role <role>', 'only those of this role')
    .option('--state <state>', 'enabled or disabled')
    .action(async ({ limit, ...filters }: Filters, command: Command) => {
      const session = await openSession(command, around)
      const { client } = session
      const query = given(filters) as NonNullable<ListOperatorsData['query']> // the plane checks words
      const all = await everyPage(session, limit, (page) => listOperators({ client, query: { ...query, ...page } }))
      show(session, all, (items) => renderTable(COLUMNS, items))
    })

const fields = (one: Operator) =>
  renderFields([
    ['id', one.id],
    ...COLUMNS.map(([heading, value]) => [heading.toLowerCase(), value(one)] as const),
    ['created', one.createdAt],
    ['generation', one.generation],
  ])

const get = (around: Surroundings) =>
  new Command('get')
    .description('One operator by name or id')
    .argument('<operator>')
    .action(async (operator: string, _options: unknown, command: Command) => {
      const session = await openSession(command, around)
      show(session, await answer(session, getOperator({ client: session.client, path: { operator } })), fields)
    })

type Changing = Asking & Matching
const changing = (name: string, description: string) =>
  withMatching(withKey(new Command(name).description(description).argument('<operator>')))

const disable = (around: Surroundings) =>
  changing('disable', 'Shut an operator out at once; its sessions end').action(
    async (operator: string, options: Changing, command: Command) => {
      const session = await openSession(command, around)
      const reply = disableOperator({ client: session.client, path: { operator }, headers: matchingHeaders(options) })
      show(session, await answer(session, reply), (one) => `${one.name} is disabled`)
    },
  )

const enable = (around: Surroundings) =>
  changing('enable', 'Let a disabled operator in again; its tokens work as before').action(
    async (operator: string, options: Changing, command: Command) => {
      const session = await openSession(command, around)
      const reply = enableOperator({ client: session.client, path: { operator }, headers: matchingHeaders(options) })
      show(session, await answer(session, reply), (one) => `${one.name} is enabled`)
    },
  )

const setRole = (around: Surroundings) =>
  changing('set-role', 'Change what an operator may do, at once')
    .argument('<role>')
    .action(async (operator: string, role: string, options: Changing, command: Command) => {
      const session = await openSession(command, around)
      const body = { role: role as Role } // the plane checks words
      const reply = setOperatorRole({
        client: session.client,
        path: { operator },
        body,
        headers: matchingHeaders(options),
      })
      show(session, await answer(session, reply), (one) => `${one.name} is a ${one.role} now`)
    })
