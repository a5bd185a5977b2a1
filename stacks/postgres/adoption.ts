import { escapeIdentifier as id } from 'pg'
import type { FoundDatabase, UnitNames } from '../../control-plane/domain/naming.ts'
import { type Link, unlinked } from '../kubernetes/link.ts'
import { fenced } from './fence.ts'
import { databaseProblems } from './postgres.errors.ts'
import { MAINTENANCE_DATABASE, type ProductServer, type Statements } from './product-server.ts'
import {
  databaseGrants,
  ensureLogins,
  fenceOf,
  schemaGrants,
  SWEEP_LOGIN,
  type UnitDatabase,
  watchedBy,
} from './unit-database.ts'

/** What PUBLIC has of a list of rights. */
const everybodys = (acl: string) =>
  `coalesce((select jsonb_agg(a.privilege_type order by a.privilege_type) from aclexplode(${acl}) a where a.grantee = 0), '[]')`

/** Owner and rights of everybody of a database as they are; undefined where there is none. Changes nothing. */
export async function describeDatabase(
  server: ProductServer,
  { database }: Pick<UnitNames, 'database'>,
): Promise<FoundDatabase | undefined> {
  const outside = await server.session(MAINTENANCE_DATABASE, ({ run }) =>
    run<{ owner: string; everybody: string[] }>(
      'look for the database',
      `select pg_get_userbyid(datdba) as owner, ${everybodys("coalesce(datacl, acldefault('d', datdba))")} as everybody
         from pg_database where datname = $1 and datallowconn and datconnlimit <> -2`,
      [database],
    ),
  )
  const [it] = outside
  if (it === undefined) return undefined
  const [schema] = await server.session(database, ({ run }) =>
    run<{ owner: string; everybody: string[] }>(
      'look at the schema',
      `select pg_get_userbyid(nspowner) as owner, ${everybodys("coalesce(nspacl, acldefault('n', nspowner))")} as everybody
         from pg_namespace where nspname = 'public'`,
    ),
  )
  return { ...it, schemaOwner: schema?.owner ?? it.owner, everybodyInSchema: schema?.everybody ?? [] }
}

/**
 * Makes a database that is there the unit's: it gets the unit's three logins, and what its owner owned becomes the unit's; that owner
 * becomes a member of the new one, so that who uses it goes on. No row is written. A repeat changes nothing, and one that broke off
 * is finished by a repeat. Throws `effect.fenced`, `database.foreign` where the owner is another by now, and what else
 * `databaseProblems` lists.
 */
export async function takeDatabase(
  server: ProductServer,
  wanted: UnitDatabase & { found: FoundDatabase },
  link: Link = unlinked,
): Promise<void> {
  const { names, epoch, found } = wanted
  const owner = id(names.ownerRole)
  await fenced(server, { subject: fenceOf(names), epoch }, link.signal, async (held) => {
    const watched = watchedBy(held, names, link)
    await server.session(MAINTENANCE_DATABASE, async (raw) => {
      const statements = watched(raw)
      await refuseOther(statements, names, found)
      await ensureLogins(statements, wanted)
      if (await isPlain(statements, found.owner))
        await statements.run('let the old owner in', `grant ${owner} to ${id(found.owner)}`)
    })
    await server.session(names.database, async (raw) => {
      const statements = watched(raw)
      for (const target of await ownedBy(statements, found.owner))
        await statements.run('take over what the old owner had', `alter ${target} owner to ${owner}`)
      for (const grant of schemaGrants(names)) await statements.run('grant the schema', grant)
      for (const grant of await grantsOnWhatIsThere(statements, names))
        // of the schemas that are the unit's now
        await statements.run('grant what is there', grant)
    })
    await server.session(MAINTENANCE_DATABASE, async (raw) => {
      const statements = watched(raw)
      await statements.run('take the database over', `alter database ${id(names.database)} owner to ${owner}`)
      for (const grant of await databaseGrants(statements, names)) await statements.run('grant the database', grant)
    })
  })
}

/**
 * Gives a database that was taken over back to who had it, and drops the unit's logins. What the unit's owner has made in it stays, as
 * its old owner's. A repeat changes nothing. Throws what `takeDatabase` throws.
 */
export async function giveDatabaseBack(
  server: ProductServer,
  { names, epoch, found }: { names: UnitNames; epoch: number; found: FoundDatabase },
  link: Link = unlinked,
): Promise<void> {
  await fenced(server, { subject: fenceOf(names), epoch }, link.signal, async (held) => {
    const watched = watchedBy(held, names, link)
    const logins = await server.session(MAINTENANCE_DATABASE, async (raw) => {
      const statements = watched(raw)
      await refuseOther(statements, names, found)
      return existing(statements, names)
    })
    const ours = logins.map(id).join(', ')
    const back = [
      ...(logins.length === 0
        ? []
        : [
            `reassign owned by ${ours} to ${id(found.owner)}`, // first: what is owned would be dropped with the rights
            `drop owned by ${ours}`,
          ]),
      `alter schema public owner to ${id(found.schemaOwner)}`,
      ...granted(found.everybodyInSchema, 'schema public'),
      ...granted(found.everybody, `database ${id(names.database)}`),
    ]
    await server.session(names.database, async (raw) => {
      for (const statement of back) await watched(raw).run('give it back', statement)
    })
    await server.session(MAINTENANCE_DATABASE, async (raw) => {
      const statements = watched(raw)
      const sweeps = await statements.run('look for the sweeper', 'select 1 from pg_roles where rolname = $1', [
        SWEEP_LOGIN,
      ])
      if (sweeps.length > 0)
        await statements.run('give it back', `revoke connect on database ${id(names.database)} from ${SWEEP_LOGIN}`)
      for (const role of logins) await statements.run('drop a role', `drop role if exists ${id(role)}`)
    })
  })
}

const granted = (privileges: readonly string[], target: string): string[] =>
  privileges.length === 0 ? [] : [`grant ${privileges.join(', ')} on ${target} to public`]

/** The database is its old owner's or the unit's, or somebody took it from both. */
async function refuseOther({ run }: Statements, names: UnitNames, found: FoundDatabase): Promise<void> {
  const [is] = await run<{ owner: string }>(
    'look for the database',
    'select pg_get_userbyid(datdba) as owner from pg_database where datname = $1',
    [names.database],
  )
  if (is?.owner === names.ownerRole || is?.owner === found.owner) return
  const whose = is === undefined ? 'is gone' : `belongs to ${is.owner} by now`
  throw databaseProblems['database.foreign']({
    detail: `database ${names.database} ${whose}, it was of ${found.owner}`,
  })
}

/** A superuser needs no membership, and is none of the unit's business. */
async function isPlain({ run }: Statements, role: string): Promise<boolean> {
  const [found] = await run<{ superuser: boolean }>(
    'look at the old owner',
    'select rolsuper as superuser from pg_roles where rolname = $1',
    [role],
  )
  return found?.superuser === false
}

async function existing({ run }: Statements, names: UnitNames): Promise<string[]> {
  const all = [names.appRole, names.copyRole, names.ownerRole]
  const found = await run<{ name: string }>(
    'look for the logins',
    'select rolname as name from pg_roles where rolname = any ($1)',
    [all],
  )
  const there = new Set(found.map(({ name }) => name))
  return all.filter((name) => there.has(name))
}

const USERS = `n.nspname <> 'information_schema' and n.nspname !~ '^pg_'`
const apart = (catalogue: string, oid: string, kinds: string) =>
  `not exists (select from pg_depend d where d.classid = '${catalogue}'::regclass and d.objid = ${oid} and d.deptype in (${kinds}))`

/** What a role owns in the database itself, as `alter` names it; what goes with something else (a serial's sequence) is left out. */
async function ownedBy({ run }: Statements, role: string): Promise<string[]> {
  const found = await run<{ target: string }>(
    'look for what the old owner has',
    `with o as (select oid from pg_roles where rolname = $1)
     select case c.relkind when 'f' then 'foreign table' when 'v' then 'view' when 'm' then 'materialized view' when 'S' then 'sequence' else 'table' end
            || ' ' || format('%I.%I', n.nspname, c.relname) as target
       from o, pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relowner = o.oid and c.relkind in ('r', 'p', 'f', 'v', 'm', 'S') and ${USERS} and ${apart('pg_class', 'c.oid', "'e'")}
        and (c.relkind <> 'S' or ${apart('pg_class', 'c.oid', "'a', 'i'")})
     union all
     select 'routine ' || p.oid::regprocedure from o, pg_proc p join pg_namespace n on n.oid = p.pronamespace
      where p.proowner = o.oid and ${USERS} and ${apart('pg_proc', 'p.oid', "'e', 'i'")}
     union all
     select 'type ' || format('%I.%I', n.nspname, t.typname) from o, pg_type t join pg_namespace n on n.oid = t.typnamespace
      where t.typowner = o.oid and ${USERS} and ${apart('pg_type', 't.oid', "'e', 'i'")}
        and (t.typtype in ('e', 'd', 'r') or (t.typtype = 'c' and exists (select from pg_class c where c.oid = t.typrelid and c.relkind = 'c')))
     union all
     select 'schema ' || quote_ident(n.nspname) from o, pg_namespace n where n.nspowner = o.oid and ${USERS}
      order by 1`,
    [role],
  )
  return found.map(({ target }) => target)
}

/** Rights on what is there already; on what its owner makes later they are by default. */
async function grantsOnWhatIsThere({ run }: Statements, names: UnitNames): Promise<string[]> {
  const schemas = await run<{ name: string }>(
    'look for schemas',
    `select n.nspname as name from pg_namespace n where ${USERS} and pg_get_userbyid(n.nspowner) = $1`,
    [names.ownerRole],
  )
  const to = `to ${id(names.appRole)}, ${id(names.copyRole)}`
  return schemas.flatMap(({ name }) => {
    const inside = `in schema ${id(name)}`
    return [
      `grant usage on schema ${id(name)} ${to}`,
      `grant select, insert, update, delete on all tables ${inside} ${to}`,
      `grant usage, select on all sequences ${inside} ${to}`,
      `grant execute on all routines ${inside} ${to}`,
    ]
  })
}
