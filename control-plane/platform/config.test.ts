import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { CONFIGURATION_FILE, configurationPage } from '../configuration-page.ts'
import { ConfigError, loadConfig } from './config.ts'

const DATABASE_URL = 'postgres://steward_operator:hunter2@127.0.0.1:7410/steward'
const faultsOf = (work: () => unknown): readonly string[] => {
  try {
    work()
  } catch (error) {
    if (error instanceof ConfigError) return error.faults
    throw error
  }
  return []
}

test('what is set is read, what is not has its default, and nothing can be changed afterwards', () => {
  const config = loadConfig({ DATABASE_URL, TEMPORAL_ADDRESS: '127.0.0.1:7412', STEWARD_PORT: '7500', HOME: '/root' }, [
    'DATABASE_URL',
    'TEMPORAL_ADDRESS',
  ])
  expect({ ...config }).toEqual({
    DATABASE_URL,
    TEMPORAL_ADDRESS: '127.0.0.1:7412',
    TEMPORAL_NAMESPACE: 'steward',
    STEWARD_HOST: '127.0.0.1',
    STEWARD_PORT: 7500,
    STEWARD_WORKER_PORT: 7404,
    STEWARD_DRIFT_UNITS_PER_MINUTE: 6,
    STEWARD_DRIFT_STACK_MINUTES: 15,
    STEWARD_ORPHAN_SWEEP_MINUTES: 15,
    STEWARD_ORPHAN_AGE_MINUTES: 30,
    STEWARD_APPROVAL_HOURS: 24,
    STEWARD_QUOTE_DAYS: 14,
    STEWARD_MOVE_SOAK_HOURS: 24,
    STEWARD_TRIAL_NOTICE_DAYS: 3,
    STEWARD_KUBECONFIG_MAX_MINUTES: 1440,
    STEWARD_ATTEST_HOURS: 168,
    STEWARD_BACKUP_HOURS: 24,
    STEWARD_OIDC_GROUPS_CLAIM: 'groups',
    STEWARD_OIDC_SCOPES: 'openid profile email',
    STEWARD_PUBLIC_URL: 'http://127.0.0.1:7400',
    STEWARD_SESSION_HOURS: 12,
    STEWARD_SESSION_IDLE_MINUTES: 60,
    STEWARD_AUTH_FAILURES_PER_MINUTE: 30,
    STEWARD_LOG_LEVEL: 'info',
  })
  expect(() => Object.assign(config, { STEWARD_PORT: 1 })).toThrow(TypeError)
})

test('all faults are told at once, each with its name and what to do, and without a secret', () => {
  const faults = faultsOf(() =>
    loadConfig(
      {
        DATABASE_URL: 'mysql://me:hunter2@db',
        STEWARD_PORT: 'many',
        STEWARD_LOG_LEVEL: 'loud',
        STEWARD_PROT: '1',
        TEMPORAL_ADDRESS: '',
      },
      ['DATABASE_URL', 'TEMPORAL_ADDRESS'],
    ),
  )
  for (const name of [
    'DATABASE_URL is [redacted]',
    'STEWARD_PORT is "many"',
    'STEWARD_LOG_LEVEL is "loud"',
    'STEWARD_PROT is not a setting: did you mean STEWARD_PORT?',
    'TEMPORAL_ADDRESS is not set',
  ]) {
    expect(
      faults.filter((fault) => fault.startsWith(name)),
      name,
    ).toHaveLength(1)
  }
  expect(faults).toHaveLength(5)
  expect(faults.join()).not.toContain('hunter2')
})

test.each([
  ['STEWARD_PRT', 1],
  ['STEWARD_PORTS', 1],
  ['STEWARD_PORD', 1],
  ['TEMPORAL_ADRESS_FILE', 1],
  ['DATABASE_ULR', 1],
  ['STEWARD_HOME', 0],
  ['STEWARD_PORT_BASE', 0],
  ['STEWARD_TOKEN', 0],
  ['PATH', 0],
])('%s counts as a typing error %i times', (name, times) => {
  expect(faultsOf(() => loadConfig({ [name]: 'x' }))).toHaveLength(times)
})

test('a file can hold a value; both at once, an empty or a missing file are faults', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'steward-config-'))
  const file = path.join(folder, 'url')
  try {
    await writeFile(file, `${DATABASE_URL}\n`)
    expect(loadConfig({ DATABASE_URL_FILE: file }, ['DATABASE_URL']).DATABASE_URL).toBe(DATABASE_URL)
    expect(faultsOf(() => loadConfig({ DATABASE_URL_FILE: file, DATABASE_URL }))).toEqual([
      'DATABASE_URL and DATABASE_URL_FILE are both set: unset one of them',
    ])
    expect(faultsOf(() => loadConfig({ DATABASE_URL_FILE: `${file}.none` }, ['DATABASE_URL']))).toEqual([
      expect.stringContaining('(ENOENT)'),
    ])
    await writeFile(file, '\n')
    expect(faultsOf(() => loadConfig({ DATABASE_URL_FILE: file }, ['DATABASE_URL']))).toEqual([
      expect.stringContaining('is empty'),
    ])
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('however it is printed, it shows no secret', () => {
  const config = loadConfig({ DATABASE_URL })
  const printed = [
    inspect(config),
    inspect({ config }),
    JSON.stringify({ config }),
    inspect([config], { depth: 9 }),
  ].join('\n')
  expect(printed).toContain('[redacted]')
  expect(printed).not.toContain('hunter2')
})

test('the reference page is that of the schema: run node control-plane/configuration-page.ts', async () => {
  expect(await readFile(CONFIGURATION_FILE, 'utf8')).toBe(configurationPage())
})
