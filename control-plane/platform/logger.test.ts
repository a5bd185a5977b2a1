import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { loadConfig } from './config.ts'
import { createLogger, withoutSecrets } from './logger.ts'

const TOKEN = `stw_${'a'.repeat(43)}`

test('secrets are taken out wherever they hide', () => {
  const lines: string[] = []
  const log = createLogger({ level: 'info', process: 'test' }, { write: (line: string) => void lines.push(line) })
  log.info(
    { token: 'plain', req: { authorization: 'Bearer x', headers: { cookie: 'x' } }, deep: { er: [`Bearer ${TOKEN}`] } },
    `sent ${TOKEN}`,
  )
  log.error({ err: new Error('connect postgres://me:hunter2@db:5432/x failed') }, 'failed')
  const text = lines.join('')
  for (const secret of [TOKEN, 'plain', 'cookie', 'hunter2', 'Bearer x']) expect(text).not.toContain(secret)
  expect(text).toContain('postgres://me:[redacted]@db:5432/x')
  for (const line of lines) expect(() => JSON.parse(line) as unknown).not.toThrow()
})

test('the secret of a link is taken out of the URL that it stands in', () => {
  const link = `http://127.0.0.1:7400/status/stl_${'b'.repeat(43)}?lang=de`
  expect(withoutSecrets(`opened ${link}`)).toBe('opened http://127.0.0.1:7400/status/[redacted]?lang=de')
})

test('a URL without a password and an ordinary text stay as they are', () => {
  for (const text of ['http://127.0.0.1:7400/v1', 'postgres://me@db/x', 'mail me@acme.example', 'stw_short'])
    expect(withoutSecrets(text)).toBe(text)
})

test('settings that are logged show no secret', () => {
  const lines: string[] = []
  const log = createLogger({ level: 'info', process: 'test' }, { write: (line: string) => void lines.push(line) })
  const key = 'k'.repeat(43)
  log.info({ event: 'api.started', config: loadConfig({ STEWARD_SEALING_KEY: key }) }, 'API ready')
  expect(lines.join('')).toContain('"STEWARD_SEALING_KEY":"[redacted]"')
  expect(lines.join('')).not.toContain(key)
})

test('what was logged is written before the process ends, however it ends but by a kill', async () => {
  const program = `
    import { createLogger } from ${JSON.stringify(path.join(import.meta.dirname, 'logger.ts'))}
    const log = createLogger({ level: 'info', process: 'test' })
    for (let n = 0; n < 3; n++) log.info({ n }, 'line')
    setImmediate(() => setImmediate(() => {
      log.info({ n: 3 }, 'line')
      ENDING
    }))`
  for (const ending of [
    'process.exit(0)',
    'log.fatal({ n: 4 }, "line"); process.kill(process.pid, "SIGKILL")',
    'throw 1',
  ]) {
    const source = program.replace('ENDING', ending)
    const ended = promisify(execFile)(process.execPath, ['--input-type=module', '-e', source])
    const { stdout } = await ended.catch((error: { stdout: string }) => error) // what it wrote comes with either
    const numbers = stdout
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { n: number }).n)
    expect(numbers, ending).toEqual(ending.includes('fatal') ? [0, 1, 2, 3, 4] : [0, 1, 2, 3])
  }
})
