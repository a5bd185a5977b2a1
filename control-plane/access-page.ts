import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { meaningOf, ROLE_NAMES, roleAllows, ROLES, VERB_OF_KIND, VERBS } from './domain/access.ts'
import { markdownTable } from './markdown-table.ts'

export const ACCESS_FILE = path.join(import.meta.dirname, 'reference/access.md')

const matrix = () =>
  markdownTable([
    ['verb', 'may', ...ROLE_NAMES],
    ...VERBS.map((verb) => [
      `\`${verb}\``,
      meaningOf(verb),
      ...ROLE_NAMES.map((role) => (roleAllows(role, verb) ? '●' : '')),
    ]),
  ])

/** The access model on one page, from the model itself. */
export const accessPage = (): string => `# Who may do what

An operator has one role, a role holds verbs, a route asks for one; what is not listed is refused. Everybody sees and ends their own
tokens and sessions. Stopping or repeating an operation also takes the verb that asked for it. A token may what its operator's role, its
own role and its list of verbs all allow. Nobody makes an operator or a token that may more than they.
Written by \`node control-plane/access-page.ts\`.

${markdownTable([['role', 'responsibility'], ...ROLE_NAMES.map((role) => [role, ROLES[role]])])}

${matrix()}

${markdownTable([['operation', 'takes'], ...Object.entries(VERB_OF_KIND).map(([kind, verb]) => [kind, `\`${verb}\``])])}
`

if (import.meta.main) {
  mkdirSync(path.dirname(ACCESS_FILE), { recursive: true })
  writeFileSync(ACCESS_FILE, accessPage())
  console.log('access.md written')
}
