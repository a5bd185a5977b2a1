import { execFile, type ExecFileException } from 'node:child_process'
import { expect, test } from 'vitest'
import type { ServerStatus } from '../daemon/fleet.ts'
import { renderMessage } from '../render-message.ts'
import { renderFindings } from '../../preflight/finding.ts'
import { buildProgram } from './program.ts'
import { renderStatus } from './status.ts'

const server: ServerStatus = {
  name: 'etcd',
  kind: 'process',
  state: 'ready',
  since: '2026-01-01T00:00:00Z',
  pid: 42,
  restarts: 0,
  ports: [7413],
  memoryBytes: 57_300_000,
  error: null,
  needs: [],
}

test('status shows memory, ports and why a server is not ready', () => {
  const down = {
    ...server,
    name: 'api',
    state: 'restarting' as const,
    pid: null,
    memoryBytes: null,
    restarts: 3,
    error: 'ended with 1\nmore',
  }
  const lines = renderStatus([server, down], { pid: 7, memoryBytes: 130_000_000, port: 7403 }).split('\n')
  expect(lines[1]).toMatch(/^daemon +ready +7 +7403 +130 MB/)
  expect(lines[2]).toMatch(/^etcd +ready +42 +7413 +57 MB/)
  expect(lines[3]).toMatch(/^api +restarting: ended with 1 .*3/)
})

test('a finding with a fault says what to do, one without does not', () => {
  const lines = renderFindings([
    { what: 'Node', found: '24.21.0' },
    { what: 'PostgreSQL', found: 'none', fix: 'sudo apt-get install -y postgresql' },
  ])
  expect(lines).toEqual([
    'ok       Node: 24.21.0',
    'MISSING  PostgreSQL: none',
    '         → sudo apt-get install -y postgresql',
  ])
})

test('progress tells what became ready and what failed, not every step', () => {
  const message = { type: 'server' as const, name: 'etcd', elapsedMs: 1234 }
  expect(renderMessage({ ...message, state: 'ready' })).toBe('    1.2 s  etcd ready')
  expect(renderMessage({ ...message, state: 'starting' })).toBeUndefined()
  expect(renderMessage({ type: 'failed', code: 'port.in-use', detail: 'x' })).toBe('port.in-use: x')
})

test('a base port that is no number is a usage error', async () => {
  const program = buildProgram()
  for (const command of program.commands) command.configureOutput({ writeErr: () => undefined })
  await expect(program.parseAsync(['up', '--port-base', 'many'], { from: 'user' })).rejects.toThrow(
    'must be a whole number',
  )
})

test.each([
  [['bogus'], 2],
  [['logs'], 2],
  [['token', 'bogus'], 2],
  [['--help'], 0],
])('what is typed wrongly exits with 2 and shows no stack: estate %s', async (words, code) => {
  const main = new URL('main.ts', import.meta.url).pathname
  const { error, stderr } = await new Promise<{ error: ExecFileException | null; stderr: string }>((resolve) => {
    execFile(process.execPath, [main, ...words], (failed, _stdout, said) => resolve({ error: failed, stderr: said }))
  })
  expect(error?.code ?? 0).toBe(code)
  expect(stderr).not.toMatch(/^ +at /m)
  if (code !== 0) expect(stderr).toContain('--help')
})
