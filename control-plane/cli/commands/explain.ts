import { Command } from 'commander'
import { getAccessModel } from '../../client/generated/sdk.gen.ts'
import type { AccessModel } from '../../client/generated/types.gen.ts'
import { usageError } from '../failure.ts'
import { renderTable, type Column } from '../output.ts'
import { answer, openSession, show, type Surroundings } from '../session.ts'

type Options = { role?: string; verb?: string }
type Verb = AccessModel['verbs'][number]

/** `steward access explain`: which role may do what, in the plane's own words. */
export const explainCommands = (around: Surroundings): Command[] => [
  new Command('access').description('Which role may do what').addCommand(
    new Command('explain')
      .description('Every role and every verb; what you may do with this token: steward whoami')
      .option('--role <role>', 'only what this role may do')
      .option('--verb <verb>', 'only who may do this')
      .action(async ({ role, verb }: Options, command: Command) => {
        const session = await openSession(command, around)
        const model = await answer(session, getAccessModel({ client: session.client }))
        const roles = model.roles.filter(({ name }) => role === undefined || name === role)
        const verbs = model.verbs.filter(({ name }) => verb === undefined || name === verb)
        if (roles.length === 0) throw usageError(`there is no role ${role}: ${names(model.roles)}`)
        if (verbs.length === 0) throw usageError(`there is no verb ${verb}: ${names(model.verbs)}`)
        const shown = { roles, verbs: verbs.filter((one) => role === undefined || has(one, role)) }
        show(session, shown, (value) => (role === undefined ? matrix(value) : listOf(value)))
      }),
  ),
]

const names = (all: readonly { name: string }[]): string => all.map(({ name }) => name).join(', ')
const has = ({ roles }: Verb, role: string): boolean => roles.some((name) => name === role)

function matrix({ roles, verbs }: AccessModel): string {
  const columns: Column<Verb>[] = roles.map(({ name }) => [
    name.toUpperCase(),
    (verb) => (has(verb, name) ? 'yes' : '-'),
  ])
  return [
    ...roles.map(({ name, meaning }) => `${name}: ${meaning}`),
    '',
    renderTable<Verb>([['VERB', ({ name }) => name], ...columns, ['MAY', ({ meaning }) => meaning]], verbs),
  ].join('\n')
}

const listOf = ({ roles, verbs }: AccessModel): string =>
  [
    ...roles.map(({ name, meaning }) => `${name}: ${meaning}`),
    '',
    renderTable<Verb>(
      [
        ['VERB', ({ name }) => name],
        ['MAY', ({ meaning }) => meaning],
      ],
      verbs,
    ),
  ].join('\n')
