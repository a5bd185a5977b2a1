import type { Command } from 'commander'
import { expect, test } from 'vitest'
import { buildProgram, runCommandLine } from './program.ts'
import type { Surroundings } from './session.ts'

/** A command line whose plane must never be asked. */
async function run(...argv: string[]) {
  const lines: { out: string[]; err: string[] } = { out: [], err: [] }
  const code = await runCommandLine(argv, {
    ...around,
    print: (text) => lines.out.push(text),
    note: (text) => lines.err.push(text),
  })
  return { code, out: lines.out.join('\n'), err: lines.err.join('\n') }
}
const around: Surroundings = {
  env: { STEWARD_CONFIG: '/nonexistent/contexts.json' },
  print: () => {},
  note: () => {},
  input: async () => '',
  terminal: null,
}
const leaves = (command: Command, path: string[] = []): string[][] =>
  command.commands.length === 0 ? [path] : command.commands.flatMap((child) => leaves(child, [...path, child.name()]))

test.each(leaves(buildProgram(around)).map((path) => [path.join(' '), path] as const))(
  '%s helps on standard output and refuses an unknown option as usage on standard error',
  async (_name, path) => {
    const help = await run(...path, '--help')
    expect(help).toMatchObject({ code: 0, err: '' })
    expect(help.out).toContain(`Usage: steward ${path.join(' ')}`)
    const unknown = await run(...path, '--frobnicate')
    expect(unknown).toMatchObject({ code: 2, out: '' })
    expect(unknown.err).toMatch(/unknown option '--frobnicate'|required option/) // what must be given is missed first
  },
)

test.each([
  [['tenants', 'create', '--plan', 'x'], "missing required argument 'slug'"],
  [['tenants', 'create', 'acme'], 'name a plan with --plan, or a quote with --quote'],
  [['tenants', 'create', 'acme', 'globex', '--plan', 'x'], 'too many arguments'],
  [['tenants', 'create', 'acme', '--plan', 'x', '--burst', '0'], "'--burst <n>' argument '0' is invalid"],
  [['tenants', 'create', 'acme', '--plan', 'x', '--burst', '99999999999999999999'], 'not a positive whole number'],
  [['tenants', 'create', 'acme', '--plan', 'x', '--wait', '--dry-run'], 'cannot be used with'],
  [['tenants', 'update', 'acme'], 'nothing to change'],
  [['tenants', 'update', 'acme', '--burst', 'free'], 'neither a positive whole number nor "plan"'],
  [['tenants', 'update', 'acme', '--plan-limits', '--burst', '5'], 'cannot be used with'],
  [['tenants', 'suspend', 'acme', '--if-match', '"3"'], 'not a positive whole number'],
  [['tenants', 'decommission', 'acme'], 'add --yes'],
  [['cells', 'retire', 'main'], 'add --yes'],
  [['audit', 'export'], "missing required argument 'file'"],
  [['audit', 'export', 'a', '--tenant', 'acme', '--stream', 'refusals'], 'cannot be used with'],
  [['audit', 'export', 'a', '--resume', '--after', 'installation@1'], '--resume finds out --after by itself'],
  [['audit', 'erase', '--value', 'ada@acme.example', '--yes'], "required option '--reason <text>' not specified"],
  [['audit', 'erase', '--value', 'ada@acme.example', '--reason', 'request 1'], 'add --yes'],
  [['audit', 'erase', '--tenant', 'a', '--value', 'b', '--reason', 'request 1', '--yes'], 'cannot be used with'],
  [['tenants', 'list', '-o', 'yaml'], 'Allowed choices are table, json'],
  [['tenants', 'lsit'], "unknown command 'lsit'"],
  [['completion', 'tcsh'], 'Allowed choices are bash, zsh, fish'],
  [['login', '--url', 'http://127.0.0.1:1', '--token-file', '-', '--token', 'stw_x'], 'unknown option'],
  [['whoami'], 'steward login'],
])('%j is refused as usage before any plane is asked', async (argv, why) => {
  const { code, out, err } = await run(...argv)
  expect([code, out]).toEqual([2, ''])
  expect(err).toContain(why)
})

test('no option takes a token: arguments are seen by everybody', () => {
  const options = (command: Command): string[] => [
    ...command.options.map(({ flags }) => flags),
    ...command.commands.flatMap(options),
  ]
  const tokens = options(buildProgram(around)).filter((flags) => /token|secret|password/.test(flags))
  expect(tokens).toEqual(['--token-file <file>'])
})

test('alone it shows what is possible, as usage', async () => {
  const { code, err } = await run()
  expect(code).toBe(2)
  expect(err).toContain('Exit codes:')
})
