import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type LedgerDatabase, ledgerDatabase, tenant } from '../../../../test/support/ledger.ts'
import { until, withClient } from '../../../../test/support/postgres.ts'
import { IMAGE_TAGS, releaseOf } from './release.ts'

let unit: LedgerDatabase
beforeEach(async () => {
  unit = await ledgerDatabase()
})
afterEach(() => unit.drop())

const rowsOf = async <T>(sql: string): Promise<T[]> =>
  (await withClient(unit.superuser, (client) => client.query(sql))).rows as T[]
/** Columns, constraints, policies, grants and history: what a migration could have left behind. */
const schema = () =>
  rowsOf(`select table_name || '.' || column_name || ' ' || is_nullable as what from information_schema.columns where table_schema = 'public'
          union all select conrelid::regclass || ' ' || pg_get_constraintdef(oid) from pg_constraint where connamespace = 'public'::regnamespace
          union all select tablename || ' ' || policyname from pg_policies
          union all select table_name || ' ' || privilege_type || ' ' || grantee from information_schema.table_privileges where table_schema = 'public'
          order by 1`)
const history = async () =>
  (
    await rowsOf<{ name: string; phase: string; applied_by: string }>(
      'select name, phase, applied_by from schema_migrations order by name',
    )
  ).map(({ name, phase, applied_by }) => `${name.slice(0, 4)} ${phase} by ${applied_by}`)

describe('up', () => {
  test('an empty database becomes the first version, and a repeat changes nothing', async () => {
    expect(await unit.migrate('1.0.0')).toEqual(['0001_accounts_and_entries.expand.sql'])
    const before = await schema()
    expect(await unit.migrate('1.0.0')).toEqual([])
    expect(await schema()).toEqual(before)
  })

  test('expand adds what the old version can live with, contract finishes, each once', async () => {
    await unit.migrate('1.0.0')
    const { id } = tenant('acme')
    const oldInsert = (key: string) =>
      rowsOf(`insert into entries (tenant_id, id, description) values ('${id}', '${key}', 'old')`)
    await oldInsert(id)
    expect(await unit.migrate('1.1.0', 'expand')).toEqual(['0002_entry_references.expand.sql'])
    const second = tenant('x').id
    await oldInsert(second)
    expect(await unit.migrate('1.1.0', 'contract')).toEqual(['0003_entry_references.contract.sql'])
    expect(await rowsOf('select id::text = reference as same from entries')).toEqual([{ same: true }, { same: true }])
    await expect(oldInsert(tenant('y').id)).rejects.toThrow('null value in column "reference"')
    expect(await history()).toEqual(['0001 expand by 1.0.0', '0002 expand by 1.1.0', '0003 contract by 1.1.0'])
  })

  test('twenty at once apply everything once', async () => {
    await rowsOf(`alter role ${unit.names.ownerRole} connection limit 20`)
    const runs = await Promise.all(Array.from({ length: 20 }, () => unit.migrate('1.1.0')))
    expect(runs.filter((applied) => applied.length > 0)).toEqual([
      ['0001_accounts_and_entries.expand.sql', '0002_entry_references.expand.sql'],
    ])
  })

  test('the older version migrates nothing on the expanded schema: the way back stays open', async () => {
    await unit.migrate('1.1.0')
    expect(await unit.migrate('1.0.0')).toEqual([])
  })

  test("the product's own login gets rows and a look at the history, nothing else", async () => {
    await unit.migrate('1.1.0')
    const grants = await rowsOf<{ what: string }>(
      `select table_name || ': ' || string_agg(privilege_type, ', ' order by privilege_type) as what
         from information_schema.table_privileges where grantee = '${unit.names.appRole}' group by table_name order by 1`,
    )
    expect(grants.map(({ what }) => what)).toEqual([
      'accounts: DELETE, INSERT, SELECT, UPDATE',
      'entries: DELETE, INSERT, SELECT, UPDATE',
      'postings: DELETE, INSERT, SELECT, UPDATE',
      'schema_migrations: SELECT',
    ])
  })
})

describe('refusals leave the schema as it was', () => {
  test.each(['1.0.0', '1.1.0'])('a bad migration on top of %s, pending good ones before it included', async (from) => {
    await unit.migrate(from)
    const before = await schema()
    await expect(unit.migrate('1.2.0-bad-migration')).rejects.toThrow(
      '0004_fiscal_years.expand.sql: column "fiscal_year" does not exist',
    )
    expect(await schema()).toEqual(before)
  })

  test('contract before expand', async () => {
    await unit.migrate('1.0.0')
    await expect(unit.migrate('1.1.0', 'contract')).rejects.toThrow(
      '0002_entry_references.expand.sql has not run: run the expand phase first',
    )
    expect(await history()).toEqual(['0001 expand by 1.0.0'])
  })

  test('a version older than what was contracted', async () => {
    await unit.migrate('1.1.0')
    await unit.migrate('1.1.0', 'contract')
    await expect(unit.migrate('1.0.0')).rejects.toThrow('0003_entry_references.contract.sql, which 1.0.0 does not know')
  })

  test('a file changed after it had run', async () => {
    await unit.migrate('1.0.0')
    await rowsOf(`update schema_migrations set checksum = 'other'`)
    await expect(unit.migrate('1.1.0')).rejects.toThrow(
      '0001_accounts_and_entries.expand.sql was changed after it had run',
    )
  })

  test('a table somebody else holds: gives up, and the next attempt succeeds', async () => {
    await unit.migrate('1.0.0')
    const before = await schema()
    await withClient(unit.superuser, async (holder) => {
      await holder.query('begin; lock table entries in access share mode')
      await expect(unit.migrate('1.1.0', 'expand', 100)).rejects.toMatchObject({ code: '55P03' })
      expect(await schema()).toEqual(before)
    })
    await until(async () => expect(await unit.migrate('1.1.0')).toHaveLength(1))
  })
})

test('tags and migration files name each other, without gaps', async () => {
  const files = (await readdir(path.join(import.meta.dirname, 'migrations'))).toSorted()
  const named = new Set(IMAGE_TAGS.flatMap((tag) => releaseOf(tag).migrations))
  expect([...named].toSorted()).toEqual(files)
  for (const tag of IMAGE_TAGS)
    expect(files.slice(0, releaseOf(tag).migrations.length)).toEqual(releaseOf(tag).migrations)
  expect(() => releaseOf('9.9.9')).toThrow('tags.json lists no tag "9.9.9"')
})
