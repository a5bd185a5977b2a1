import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { findPostgres } from './postgres-binaries.ts'

const DEBIAN = 'ID=debian\nVERSION_ID="12"\n'
let folder: string

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'steward-binaries-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** Programs that answer `--version` as that major version does. */
const ALL = ['initdb', 'postgres', 'pg_dump', 'pg_restore', 'pg_basebackup', 'pg_controldata']
async function install(major: number, programs: readonly string[] = ALL): Promise<void> {
  for (const name of programs) {
    await writeFile(path.join(folder, name), `#!/bin/sh\necho "${name} (PostgreSQL) ${major}.1"\n`)
    await chmod(path.join(folder, name), 0o755)
  }
}
const find = (wanted?: number) => findPostgres({}, DEBIAN, wanted, async () => [folder])

test('the server programs of this machine are found, also where they are not on the PATH', async () => {
  expect((await findPostgres({ PATH: '' }, DEBIAN)).major).toBeGreaterThanOrEqual(15)
})

test('a machine without PostgreSQL is told the command that installs it', async () => {
  const command = expect.stringContaining('sudo apt-get install -y postgresql') as string
  await expect(find()).rejects.toMatchObject({ code: 'postgres.missing', message: command })
  await install(16, ['postgres']) // the programs of a client alone do not make a server
  await expect(find()).rejects.toMatchObject({ code: 'postgres.missing', message: command })
})

test('one that is too old does not count, and data of another major version is not opened', async () => {
  await install(14)
  await expect(find()).rejects.toMatchObject({ code: 'postgres.missing' })
  await install(16)
  expect(await find()).toEqual({ folder, major: 16 })
  await expect(find(15)).rejects.toMatchObject({
    code: 'postgres.missing',
    message: expect.stringContaining('PostgreSQL 15') as string,
  })
})
