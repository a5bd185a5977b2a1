import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { unitNames, type UnitNames } from '../../control-plane/domain/naming.ts'
import { testServerUrl } from '../../test/support/database.ts'
import { until, withClient } from '../../test/support/postgres.ts'
import { unlinked } from '../kubernetes/link.ts'
import { fenced } from './fence.ts'
import { listUnitLeftovers, listTenantRows } from './postgres-leftovers.ts'
import { scratchNames } from './scratch-names.ts'
import { connectProducts, type ProductServer } from './product-server.ts'
import { eraseTenantRows } from './tenant-rows.ts'
import { createUnitDatabase, dropUnitDatabase, limitUnitDatabase } from './unit-database.ts'

const A = '01900000-0000-7000-8000-00000000000a'
const B = '01900000-0000-7000-8000-00000000000b'
const passwords = { owner: 'owner-secret', app: 'app-secret', copy: 'copy-secret' }
const unitName = () => `t${randomBytes(4).toString('hex')}`
const loginUrl = (database: string, user: string, password: string) => {
  const url = new URL(testServerUrl())
  Object.assign(url, { username: user, password, pathname: `/${database}` })
  return url.href
}
const as = (names: UnitNames, login: 'owner' | 'app' | 'copy', ...statements: string[]) =>
  withClient(loginUrl(names.database, names[`${login}Role`], passwords[login]), async (client) => {
    let rows: unknown[] = []
    for (const statement of statements) rows = (await client.query(statement)).rows
    return rows
  })
const asRoot = (statement: string, database = 'postgres') =>
  withClient(
    testServerUrl().replace(/\/postgres$/, `/${database}`),
    async (client) => (await client.query(statement)).rows,
  )

let server: ProductServer
let sweep: ProductServer
beforeAll(async () => {
  server = connectProducts({ url: testServerUrl() })
  await asRoot("create role steward_sweep login bypassrls password 'sweep-secret'")
  await asRoot('grant pg_read_all_data to steward_sweep')
  await asRoot('alter role steward_sweep set default_transaction_read_only = on')
  sweep = connectProducts({ url: loginUrl('postgres', 'steward_sweep', 'sweep-secret') })
})
afterAll(async () => {
  await Promise.all([server?.close(), sweep?.close()])
})

/** What a product's migration makes: forced row-level security, a chain of foreign keys, a circle. */
const migrate = (names: UnitNames) =>
  as(
    names,
    'owner',
    'create table accounts (tenant_id uuid not null, id int not null, parent int, primary key (tenant_id, id), foreign key (tenant_id, parent) references accounts)',
    'create table entries (tenant_id uuid not null, id int not null, account int not null, next int, primary key (tenant_id, id), foreign key (tenant_id, account) references accounts)',
    'create table notes (tenant_id uuid not null, id int not null, entry int not null, primary key (tenant_id, id), foreign key (tenant_id, entry) references entries)',
    'alter table entries add foreign key (tenant_id, next) references notes (tenant_id, id)',
    'create index on accounts (tenant_id, parent)', // without these every deleted row would scan all of its tenant's
    'create index on entries (tenant_id, account)',
    'create index on entries (tenant_id, next)',
    'create index on notes (tenant_id, entry)',
    'create table "Odd ""Name" (tenant_id uuid not null, text text) partition by list (text)',
    'create table odd_rest partition of "Odd ""Name" default',
    'create table prices (id int primary key)',
    ...['accounts', 'entries', 'notes', '"Odd ""Name"'].flatMap((table) => [
      `alter table ${table} enable row level security`,
      `alter table ${table} force row level security`,
      `create policy own on ${table} using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)`,
    ]),
  )
const fill = (names: UnitNames, tenant: string, rows = 3) =>
  as(
    names,
    'copy',
    `insert into accounts select '${tenant}', n, nullif(n - 1, 0) from generate_series(1, ${rows}) n`,
    `insert into entries select '${tenant}', n, n from generate_series(1, ${rows}) n`,
    `insert into notes select '${tenant}', n, n from generate_series(1, ${rows}) n`,
    `update entries set next = id where tenant_id = '${tenant}'`,
    `insert into "Odd ""Name" select '${tenant}', n::text from generate_series(1, ${rows}) n`,
  )

describe('a unit database', () => {
  const names = unitNames('cell', unitName())
  beforeAll(async () => {
    await createUnitDatabase(server, { names, passwords, epoch: 10 })
    await migrate(names)
    await Promise.all([fill(names, A), fill(names, B)])
  })

  test('gives the product rows and nothing else of what its owner made, also later', async () => {
    expect(await as(names, 'app', `set app.tenant_id = '${A}'`, 'select count(*)::int as n from accounts')).toEqual([
      { n: 3 },
    ])
    await as(names, 'owner', 'create table later (id serial primary key, tenant_id uuid)')
    await as(names, 'app', `insert into later (tenant_id) values ('${A}')`)
    for (const forbidden of [
      'create table mine (id int)',
      'alter table later add column x int',
      'truncate later',
      'drop table later',
      'create schema mine',
      'create temp table x (id int)',
    ])
      await expect(as(names, 'app', forbidden)).rejects.toThrow(/permission denied|must be owner/)
  })

  test('hides every row of another tenant from the product, and of all without one', async () => {
    expect(
      await as(names, 'app', `set app.tenant_id = '${A}'`, `select * from accounts where tenant_id = '${B}'`),
    ).toEqual([])
    expect(await as(names, 'app', 'select * from accounts')).toEqual([])
    expect(await as(names, 'copy', 'select count(*)::int as n from accounts')).toEqual([{ n: 6 }])
  })

  test('lets no other login in', async () => {
    const other = unitNames('cell', unitName())
    await createUnitDatabase(server, { names: other, passwords, epoch: 1 })
    await expect(withClient(loginUrl(names.database, other.appRole, passwords.app), async () => {})).rejects.toThrow(
      /permission denied for database/,
    )
    await dropUnitDatabase(server, { names: other, epoch: 2 })
  })

  test('bounds the product’s statements, and takes other limits later; an older operation does not', async () => {
    const limit = (epoch: number, connections: number, statementTimeoutMs: number) =>
      limitUnitDatabase(server, { names, limits: { connections, statementTimeoutMs }, epoch })
    const timeout = () =>
      withClient(loginUrl(names.database, names.appRole, passwords.app), async (client) => {
        const { rows } = await client.query<{ statement_timeout: string }>('show statement_timeout')
        return rows[0]?.statement_timeout
      })
    await createUnitDatabase(server, { names, passwords, epoch: 10 })
    expect(await timeout()).toBe('1min')
    await limit(10, 3, 50)
    expect(await timeout()).toBe('50ms')
    await expect(as(names, 'app', 'select pg_sleep(5)')).rejects.toThrow(/statement timeout/)
    await expect(limit(9, 40, 60_000)).rejects.toMatchObject({ code: 'effect.fenced' })
    expect(await timeout()).toBe('50ms')
    await limit(10, 40, 60_000)
    expect(await timeout()).toBe('1min')
  })

  test('bounds the product’s connections', async () => {
    await createUnitDatabase(server, {
      names,
      passwords,
      epoch: 10,
      limits: { connections: 1, statementTimeoutMs: 1000 },
    })
    await withClient(loginUrl(names.database, names.appRole, passwords.app), async () => {
      await expect(as(names, 'app', 'select 1')).rejects.toThrow(/too many connections/)
    })
    await createUnitDatabase(server, { names, passwords, epoch: 10 })
  })

  test('made again changes nothing, not even the stored verifiers', async () => {
    const state = () =>
      asRoot(
        `select rolname, rolpassword, rolbypassrls, rolsuper from pg_authid where rolname like '${names.database}%' order by 1`,
      )
    const before = await state()
    await createUnitDatabase(server, { names, passwords, epoch: 11 })
    expect(await state()).toEqual(before)
    expect(JSON.stringify(before)).not.toContain('-secret')
  })

  test('takes a changed password over', async () => {
    await createUnitDatabase(server, { names, passwords: { ...passwords, app: 'rotated' }, epoch: 11 })
    await expect(as(names, 'app', 'select 1')).rejects.toThrow(/authentication failed/)
    await createUnitDatabase(server, { names, passwords, epoch: 11 })
    await as(names, 'app', 'select 1')
  })

  test('refuses an older operation, and somebody’s database of that name', async () => {
    await expect(createUnitDatabase(server, { names, passwords, epoch: 9 })).rejects.toMatchObject({
      code: 'effect.fenced',
      retryable: false,
    })
    await expect(dropUnitDatabase(server, { names, epoch: 9 })).rejects.toMatchObject({ code: 'effect.fenced' })
    const theirs = unitNames('cell', unitName())
    await asRoot(`create database ${theirs.database}`)
    await expect(createUnitDatabase(server, { names: theirs, passwords, epoch: 1 })).rejects.toMatchObject({
      code: 'database.foreign',
    })
    await expect(dropUnitDatabase(server, { names: theirs, epoch: 1 })).rejects.toMatchObject({
      code: 'database.foreign',
    })
    await asRoot(`drop database ${theirs.database}`)
  })
})

test('creation killed before any of its statements is finished by a repeat, and its removal leaves nothing', async () => {
  for (let n = 1, done = false; !done; n += 1) {
    const names = unitNames('cell', unitName())
    let statements = 0
    const onEvent = () => {
      statements += 1
      if (statements === n) throw new Error('killed')
    }
    done = await createUnitDatabase(server, { names, passwords, epoch: 1 }, { ...unlinked, onEvent }).then(
      () => true,
      () => false,
    )
    await createUnitDatabase(server, { names, passwords, epoch: 1 })
    await as(names, 'owner', 'create table things (tenant_id uuid)')
    await as(names, 'app', 'insert into things default values')
    await dropUnitDatabase(server, { names, epoch: 2 })
    await dropUnitDatabase(server, { names, epoch: 2 })
    expect(await listUnitLeftovers(sweep, { names })).toEqual([])
  }
})

test('what a check of a unit left behind is found with what the unit left', async () => {
  const names = unitNames('cell', unitName())
  const scratch = scratchNames(names)
  await createUnitDatabase(server, { names: scratch, passwords, epoch: 1 })
  const found = (await listUnitLeftovers(sweep, { names })).map(({ name }) => name)
  expect(found).toEqual([scratch.database, scratch.appRole, scratch.copyRole, scratch.ownerRole])
  await dropUnitDatabase(server, { names: scratch, epoch: 2 })
})

test('five attempts at once make one database', async () => {
  const names = unitNames('cell', unitName())
  await Promise.all(Array.from({ length: 5 }, () => createUnitDatabase(server, { names, passwords, epoch: 1 })))
  await as(names, 'app', 'select 1')
  expect((await listUnitLeftovers(sweep, { names })).map(({ kind, name }) => `${kind} ${name}`)).toEqual([
    `database ${names.database}`,
    `role ${names.appRole}`,
    `role ${names.copyRole}`,
    `role ${names.ownerRole}`,
  ])
  await withClient(loginUrl(names.database, names.appRole, passwords.app), async (client) => {
    client.on('error', () => {}) // it is thrown out
    await dropUnitDatabase(server, { names, epoch: 2 })
  })
  expect(await listUnitLeftovers(sweep, { names })).toEqual([])
})

test('more units at once than there are connections do not wait for each other', async () => {
  const units = Array.from({ length: 12 }, () => unitNames('cell', unitName()))
  const began = Promise.all(
    units.map((names) => fenced(server, { subject: names.database, epoch: 1 }, unlinked.signal, one)),
  )
  let inside = 0
  const all = Promise.withResolvers<void>()
  async function one(): Promise<void> {
    inside += 1
    if (inside === 10) all.resolve() // every connection for fences is held
    await all.promise
    await server.session('postgres', (statements) => statements.run('look', 'select 1'))
  }
  await began
  expect(inside).toBe(12)
})

test('a newer operation waits for the effect of an older one and fences it afterwards', async () => {
  const subject = `test:${unitName()}`
  const order: string[] = []
  const begun = Promise.withResolvers<void>()
  const finish = Promise.withResolvers<void>()
  const older = fenced(server, { subject, epoch: 1 }, unlinked.signal, async () => {
    begun.resolve()
    await finish.promise
    order.push('older')
  })
  await begun.promise
  const newer = fenced(server, { subject, epoch: 2 }, unlinked.signal, () => Promise.resolve(order.push('newer')))
  await until(async () => {
    const waiting = await asRoot(
      "select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like '%steward.fences%'",
    )
    if (waiting.length === 0) throw new Error('nobody waits')
  })
  finish.resolve()
  await Promise.all([older, newer])
  expect(order).toEqual(['older', 'newer'])
  const late = fenced(server, { subject, epoch: 1 }, unlinked.signal, () => Promise.resolve(order.push('late')))
  await expect(late).rejects.toMatchObject({ code: 'effect.fenced', extra: { epoch: 1, seen: 2 } })
  expect(order).toHaveLength(2)
})

test('an effect that lost its fence is stopped before its next statement', async () => {
  const subject = `test:${unitName()}`
  const effect = fenced(server, { subject, epoch: 1 }, unlinked.signal, async (held) => {
    await asRoot(
      "select pg_terminate_backend(pid) from pg_stat_activity where state = 'idle in transaction' and query like '%steward.fences%'",
    )
    await until(async () => {
      try {
        held()
      } catch (error) {
        return error
      }
      throw new Error('still held')
    })
    held()
  })
  await expect(effect).rejects.toMatchObject({ code: 'database.unreachable' })
})

describe('erasing a tenant', () => {
  const names = unitNames('cell', unitName())
  beforeAll(async () => {
    await createUnitDatabase(server, { names, passwords, epoch: 1 })
    await migrate(names)
    await Promise.all([fill(names, A, 6_000), fill(names, B)])
  })

  test('removes all its rows, in batches and across circles, and nobody else’s', async () => {
    expect(await listTenantRows(sweep, { names, tenantId: A })).toHaveLength(4)
    const events: string[] = []
    const link = { ...unlinked, onEvent: ({ message }: { message: string }) => events.push(message) }
    const erased = await eraseTenantRows(server, { names, tenantId: A, epoch: 5 }, link)
    expect(Object.fromEntries(erased.map(({ table, rows }) => [table, rows]))).toEqual({
      '"public"."Odd ""Name"': 6_000,
      '"public"."accounts"': 6_000,
      '"public"."entries"': 6_000,
      '"public"."notes"': 6_000,
    })
    expect(events).toContain('erased 5000 rows of "public"."Odd ""Name"')
    expect(await listTenantRows(sweep, { names, tenantId: A })).toEqual([])
    expect(await listTenantRows(sweep, { names, tenantId: B })).toHaveLength(4)
    expect(await eraseTenantRows(server, { names, tenantId: A, epoch: 5 }, unlinked)).toContainEqual({
      table: '"public"."notes"',
      rows: 0,
    })
  })

  test('is fenced per tenant: another tenant’s older operation still runs', async () => {
    await expect(eraseTenantRows(server, { names, tenantId: A, epoch: 4 }, unlinked)).rejects.toMatchObject({
      code: 'effect.fenced',
    })
    await eraseTenantRows(server, { names, tenantId: '01900000-0000-7000-8000-00000000000c', epoch: 2 }, unlinked)
  })

  test('stops between two batches when it is told to', async () => {
    await fill(names, A, 6_000)
    const stop = new AbortController()
    const onEvent = () => stop.abort(new Error('enough'))
    await expect(
      eraseTenantRows(server, { names, tenantId: A, epoch: 6 }, { signal: stop.signal, onEvent }),
    ).rejects.toThrow('enough')
    expect(await listTenantRows(sweep, { names, tenantId: A })).not.toEqual([])
    await eraseTenantRows(server, { names, tenantId: A, epoch: 6 }, unlinked)
  })

  test('says which table still refers to a row, and no value of it', async () => {
    await as(
      names,
      'owner',
      `create table loans (account int, owner uuid, foreign key (owner, account) references accounts)`,
    )
    await fill(names, A, 1)
    await as(names, 'copy', `insert into loans values (1, '${A}')`)
    const refused = await eraseTenantRows(server, { names, tenantId: A, epoch: 7 }, unlinked).catch(
      (error: unknown) => error,
    )
    expect(refused).toMatchObject({ code: 'database.refused', detail: expect.stringContaining('loans') })
    expect(JSON.stringify(refused)).not.toContain(A)
    await as(names, 'owner', 'drop table loans')
    await eraseTenantRows(server, { names, tenantId: A, epoch: 7 }, unlinked)
  })

  test('in a database that does not exist is refused; looking there finds nothing', async () => {
    const none = unitNames('cell', unitName())
    await expect(eraseTenantRows(server, { names: none, tenantId: A, epoch: 8 }, unlinked)).rejects.toMatchObject({
      code: 'database.missing',
    })
    expect(await listTenantRows(sweep, { names: none, tenantId: A })).toEqual([])
  })

  test('is checked by a login that sees all rows and can write none; one that row-level security binds is refused', async () => {
    await expect(eraseTenantRows(sweep, { names, tenantId: B, epoch: 9 }, unlinked)).rejects.toMatchObject({
      code: expect.stringMatching(/^database\.(refused|forbidden)$/),
    })
    const bound = connectProducts({ url: loginUrl('postgres', names.appRole, passwords.app) })
    await expect(listTenantRows(bound, { names, tenantId: B })).rejects.toMatchObject({ code: 'database.forbidden' })
    await bound.close()
  })

  test('a role named after the tenant is found', async () => {
    const role = `copy_${A.replaceAll('-', '_')}`
    await asRoot(`create role ${role}`)
    expect(await listTenantRows(sweep, { names, tenantId: A })).toEqual([
      { kind: 'role', name: role, where: 'product database cluster' },
    ])
    await asRoot(`drop role ${role}`)
  })
})

test('passwords and the URL stay out of errors', async () => {
  const wrong = connectProducts({ url: loginUrl('postgres', 'nobody_here', 'hush-hush') })
  const failure = await listUnitLeftovers(wrong, { names: unitNames('cell', 'x-y') }).catch((error: unknown) => error)
  expect(failure).toMatchObject({ code: 'database.forbidden' })
  expect(JSON.stringify(failure) + String(failure)).not.toContain('hush')
  const nowhere = connectProducts({ url: 'postgres://u:hush-hush@127.0.0.1:1/postgres' })
  const lost = await listUnitLeftovers(nowhere, { names: unitNames('cell', 'x-y') }).catch((error: unknown) => error)
  expect(lost).toMatchObject({ code: 'database.unreachable', retryable: true })
  expect(JSON.stringify(lost) + String(lost)).not.toContain('hush')
  await Promise.all([wrong.close(), nowhere.close()])
})
