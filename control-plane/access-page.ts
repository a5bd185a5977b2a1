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

An operator has one role. A role holds verbs; a route asks for one. What is not listed is refused. Everybody may see and end their own
tokens and sessions; verbs are needed for those of others. Stopping or repeating an operation also takes the verb that asked for it.
A token can be narrower than its operator, never wider: what it may do is what the operator's role, the token's own role and its list
of verbs all allow. Nobody makes an operator or a token that may more than they.
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
