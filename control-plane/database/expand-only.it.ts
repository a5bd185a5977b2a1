import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { emptyDatabase, testDatabase, type TestDatabase } from '../../test/support/database.ts'
import { withClient } from '../../test/support/postgres.ts'
import { migrate } from './migrations.ts'
import { narrowings, readShape } from './narrowings.ts'
import { takesAway, ownMigrations } from './schema-version.ts'

/**
 * Looked at by a person: the version before could write cells with a capacity and units of the product ledger only, and none that
 * adopts.
 */
const HARMLESS = [
  '0002_private_instances: a new rule for what was there: units check units_check',
  '0005_products: a new rule for what was there: units FOREIGN KEY (product) REFERENCES products(name)',
  `0026_adopted_units: a new rule for what was there: units CREATE UNIQUE INDEX units_adopted_namespace ON public.units USING btree (region, ((adopts ->> 'namespace'::text))) WHERE (adopted AND (state <> 'retired'::text))`,
  `0026_adopted_units: a new rule for what was there: units CREATE UNIQUE INDEX units_adopted_database ON public.units USING btree (region, ((adopts ->> 'database'::text))) WHERE (adopted AND (state <> 'retired'::text))`,
]
const FOLDER = path.join(import.meta.dirname, 'migrations')
let folder: string
let database: TestDatabase

beforeAll(async () => {
  folder = path.join(await mkdtemp(path.join(tmpdir(), 'steward-migrations-')), 'migrations')
  await cp(FOLDER, folder, { recursive: true })
})
afterAll(() => rm(path.dirname(folder), { recursive: true }))
afterEach(() => database.drop())

const empty = async () => {
  database = await emptyDatabase()
  await withClient(database.url(), (client) => client.query(`alter database ${database.name} owner to steward_owner`))
}

const shape = () => withClient(database.url(), readShape)
const step = (count = 1) => migrate(database.url('steward_owner'), { folder, count })

test('every migration leaves what the version before reads and writes, unless it says since when nobody does', async () => {
  await empty()
  await step()
  const found: string[] = []
  let before = await shape()
  for (const name of ownMigrations().slice(1)) {
    expect(await step()).toEqual([name])
    const after = await shape()
    if (takesAway(name)) {
      const [first] = (await readFile(path.join(FOLDER, `${name}.sql`), 'utf8')).split('\n')
      expect(first, name).toMatch(/^-- Why: .+, unused since \d+\.\d+\.\d+$/)
    } else found.push(...narrowings(before, after).map((narrowing) => `${name}: ${narrowing}`))
    before = after
  }
  expect(found).toEqual(HARMLESS)
})

test.each([
  ['alter table tenants drop column state', 'tenants.state is gone'],
  ['alter table tenants rename column state to status', 'tenants.state is gone'],
  ['alter table plans rename to offers', 'plans.name is gone'],
  ['drop table operation_events', 'operation_events.sequence is gone'],
  ['alter table units alter column version type varchar(9)', 'units.version was text and is character varying(9)'],
  ['alter table operations alter column finished_at set not null', 'operations.finished_at may no longer be null'],
  ['alter table units add column colour text not null', 'units.colour must be given by who never heard of it'],
  ['revoke insert on operations from steward_operator', 'no longer: steward_operator may insert operations.id'],
  [
    'revoke delete on operation_claims from steward_worker',
    'no longer: steward_worker may delete from operation_claims',
  ],
  [`alter table units add constraint units_short check (length(name) < 9)`, 'units check units_short'],
  ['create unique index on tenants (plan)', 'a new rule for what was there: tenants CREATE UNIQUE INDEX'],
])('a migration that says "%s" is refused', async (statement, fault) => {
  database = await testDatabase()
  const before = await shape()
  await withClient(database.url('steward_owner'), (client) => client.query(statement))
  expect(narrowings(before, await shape())).toEqual(expect.arrayContaining([expect.stringContaining(fault)]))
})

test.each([
  'alter table units add column colour text',
  `alter table units add column colour text not null default 'none'`,
  'create table colours (name text primary key, unit_id uuid not null references units)',
  'alter table units alter column product drop not null',
  'create index on units (product)',
  'alter table units drop constraint units_state_check',
])('a migration that says "%s" only expands', async (statement) => {
  database = await testDatabase()
  const before = await shape()
  await withClient(database.url('steward_owner'), (client) => client.query(statement))
  expect(narrowings(before, await shape())).toEqual([])
})

test('a later version’s migrations run after ours, and ours find nothing to do afterwards', async () => {
  await empty()
  const next = path.join(folder, '9000_colours.sql')
  await writeFile(next, '-- Up Migration\nalter table units add column colour text;\n')
  expect(await step(Infinity)).toEqual([...ownMigrations(), '9000_colours'])
  expect(await migrate(database.url('steward_owner'))).toEqual([])
  await rm(next)
})
