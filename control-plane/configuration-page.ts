import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { markdownTable } from './markdown-table.ts'
import { ConfigSchema, isSecret, type ConfigName } from './platform/config.ts'

export const CONFIGURATION_FILE = path.join(import.meta.dirname, 'reference/configuration.md')

type Property = {
  type?: string
  enum?: readonly string[]
  pattern?: string
  default?: string | number
  description?: string
  examples?: readonly string[]
}

const kindOf = ({ type, enum: choices }: Property): string => (choices ? choices.join(', ') : (type ?? ''))
const cell = (text: string): string => text.replaceAll('|', '\\|')

function row(name: ConfigName): string[] {
  const property: Property = ConfigSchema.properties[name]
  const { default: fallback, examples, description = '' } = property
  const value = fallback === undefined ? '' : `\`${fallback}\``
  const example = examples?.[0] === undefined ? '' : `; example: \`${examples[0]}\``
  return [
    `\`${name}\``,
    kindOf(property),
    value,
    `${isSecret(name) ? '**Secret.** ' : ''}${description}${example}`,
  ].map(cell)
}

/** The reference page of the configuration, from the schema that reads it. */
export const configurationPage = (): string => `# Configuration of the API and the worker

Read once at start from the environment. Each name also works as \`NAME_FILE\`: the path of a file that holds the value, which
keeps secrets out of the environment. Everything that is wrong is reported at once, and a process that is told something wrong does
not start (exit code 2). A name that is one slip away from a known one is refused: a typing error is no default.
Written by \`node control-plane/configuration-page.ts\`.

${markdownTable([['name', 'values', 'default', 'meaning'], ...(Object.keys(ConfigSchema.properties) as ConfigName[]).map(row)])}
`

if (import.meta.main) {
  mkdirSync(path.dirname(CONFIGURATION_FILE), { recursive: true })
  writeFileSync(CONFIGURATION_FILE, configurationPage())
  console.log('configuration.md written')
}
