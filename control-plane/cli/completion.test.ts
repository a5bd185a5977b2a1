import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Command } from 'commander'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildProgram, runCommandLine } from './program.ts'
import type { Surroundings } from './session.ts'

let printed = ''
const around: Surroundings = {
  env: {},
  print: (text) => (printed = text),
  note: () => {},
  input: async () => '',
  terminal: null,
}
async function scriptOf(shell: string): Promise<string> {
  expect(await runCommandLine(['completion', shell], around)).toBe(0)
  return printed
}
const every = (command: Command): string[] => command.commands.flatMap((child) => [child.name(), ...every(child)])
const options = (command: Command): string[] => [
  ...command.options.flatMap(({ long }) => long?.slice(2) ?? []),
  ...command.commands.flatMap(options),
]

test.each(['bash', 'zsh', 'fish'])('the script for %s knows every command and every option', async (shell) => {
  const script = await scriptOf(shell)
  const program = buildProgram(around)
  for (const name of [...every(program), ...options(program)])
    expect(script).toMatch(new RegExp(`(^|[ '"-])${name}([ '"]|$)`, 'm'))
})

let folder: string
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'steward-completion-'))
  writeFileSync(path.join(folder, 'steward.bash'), await scriptOf('bash'))
  mkdirSync(path.join(folder, 'files'))
  writeFileSync(path.join(folder, 'files', 'token-of-ada'), '')
})
afterAll(() => rmSync(folder, { recursive: true }))

/** What bash itself offers when Tab is pressed behind these words; the last one is what is typed so far. */
function offered(...words: string[]): string[] {
  const script = `source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(( $# - 1 )); _steward; printf '%s\\n' "\${COMPREPLY[@]}"`
  const output = execFileSync(
    'bash',
    ['--norc', '-uc', script, path.join(folder, 'steward.bash'), 'steward', ...words],
    {
      cwd: path.join(folder, 'files'),
      encoding: 'utf8',
    },
  )
  return output.split('\n').filter(Boolean)
}

test.each([
  [['te'], ['tenants']],
  [['tenants', 'd'], ['decommission']],
  [['tenants', 'res'], ['resume']],
  [['tenants', 'create', 'acme', '--dr'], ['--dry-run']],
  [['tenants', 'create', 'acme', '--ou'], ['--output']],
  [
    ['tenants', 'list', '-o', ''],
    ['table', 'json'],
  ],
  [['-o', 'json', 'cells', 'ret'], ['retire']],
  [['--context', 'tenants', 'cells', 'ret'], ['retire']],
  [['operations', 'list', '--state', ''], []],
  [
    ['completion', ''],
    ['bash', 'zsh', 'fish', '--context', '--output'],
  ],
  [['login', '--token-file', 'tok'], ['token-of-ada']],
  [['contexts', 'use', 'li'], []],
  [['nothing', 'of', 'the', 'kind', 'xy'], []],
])('bash offers behind "steward %j": %j', (words, expected) => {
  expect(offered(...words)).toEqual(expected)
})
