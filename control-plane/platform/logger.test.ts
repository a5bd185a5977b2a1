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
