import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createReadStream, createWriteStream } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { Client } from 'pg'
import { digestOf, readBackup, writeBackup, type BackupHeader } from './backup-file.ts'
import { runClient } from './client-programs.ts'
import { migrate } from './migrations.ts'
import { ownMigrations } from './schema-version.ts'

/**
 * Keeps the database of the plane (login of its owner) in a file: one consistent moment of every row, signing keys sealed as they
 * are. The sealing key is not in it, and neither are product databases and clusters: those are their own owners'.
 */
export async function backup(url: string, file: string, now: Date): Promise<BackupHeader> {
  return inFolder(async (folder) => {
    const migrations = await appliedMigrations(url)
    if (migrations.length === 0) throw new Error('the database holds no plane: there is nothing to keep')
    const dump = path.join(folder, 'dump')
    // the owner is bound by row-level security, too, and its policy shows it every row
    await runClient('pg_dump', ['--format=custom', '--enable-row-security', '--no-owner', `--file=${dump}`], url)
    const header = { format: 'steward-backup/1', at: now.toISOString(), migrations, ...(await digestOf(dump)) } as const
    await writeBackup(file, header, dump)
    return header
  })
}

/**
 * Puts a backup in place of what the database holds, in one transaction: all of it or nothing. The file is verified before
 * anything is touched. Refuses a backup of a newer version; a database that holds a plane, unless `replace`; and one that an API
 * or a worker still uses. Afterwards the schema is brought up to date.
 */
export async function restore(url: string, file: string, { replace }: { replace: boolean }): Promise<BackupHeader> {
  const { header, dumpStart } = await readBackup(file)
  const own = ownMigrations()
  const foreign = header.migrations.filter((name) => !own.includes(name))
  if (foreign.length > 0)
    throw new Error(`the backup was made by a newer version (${foreign.join(', ')}): restore it with that version`)
  await assertUnused(url)
  const present = await appliedMigrations(url)
  if (present.length > 0 && !replace)
    throw new Error('the database holds a plane already: say --replace to lose it, or name an empty database')
  await inFolder(async (folder) => {
    const [dump, clear, rows, after] = ['dump', 'clear.sql', 'rows.sql', 'after.sql'].map((name) =>
      path.join(folder, name),
    ) as [string, string, string, string]
    await pipeline(createReadStream(file, { start: dumpStart }), createWriteStream(dump, { mode: 0o600 }))
    await runClient('pg_restore', ['--no-owner', `--file=${rows}`, dump], undefined)
    await writeFile(clear, CLEAR)
    await writeFile(after, AFTER)
    const scripts = [clear, rows, after].map((script) => `--file=${script}`)
    await runClient(
      'psql',
      ['--no-psqlrc', '--quiet', '--single-transaction', '--set=ON_ERROR_STOP=1', ...scripts],
      url,
    )
  })
  await migrate(url)
  return header
}

/** What an earlier plane left: the owner's tables, sequences and functions, and not what belongs to an extension. */
const CLEAR = `
do $$
declare
  thing record;
begin
  for thing in select c.oid::regclass as name, c.relkind as kind from pg_class c
                where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v') loop
    execute format('drop %s if exists %s cascade', case thing.kind when 'v' then 'view' else 'table' end, thing.name);
  end loop;
  for thing in select c.oid::regclass as name from pg_class c
                where c.relnamespace = 'public'::regnamespace and c.relkind = 'S' loop
    execute format('drop sequence if exists %s cascade', thing.name);
  end loop;
  for thing in select p.oid::regprocedure as name from pg_proc p
                where p.pronamespace = 'public'::regnamespace
                  and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e') loop
    execute format('drop routine if exists %s cascade', thing.name);
  end loop;
end $$;
drop extension if exists btree_gist;
`

/**
 * Clusters, databases and edges have seen numbers that were given out after the backup: an operation with a lower epoch would be
 * refused by their fences, and a tenants file of a lower revision passed over in silence. So both go on far above.
 */
const AHEAD = 1_000_000_000
const AFTER = `
set row_security = on;
select setval('public.operation_epochs', (select last_value from public.operation_epochs) + ${AHEAD});
update public.units set tenants_revision = tenants_revision + ${AHEAD};
`

async function asOwner<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({
    connectionString: url,
    application_name: 'steward-admin',
    connectionTimeoutMillis: 10_000,
  })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

const appliedMigrations = (url: string): Promise<string[]> =>
  asOwner(url, async (client) => {
    const { rows: tables } = await client.query<{ known: boolean }>(
      `select to_regclass('public.schema_migrations') is not null as known`,
    )
    if (tables[0]?.known !== true) return []
    const { rows } = await client.query<{ name: string }>('select name from schema_migrations order by id')
    return rows.map(({ name }) => name)
  })

/** Rows that change under a restore would be lost or, worse, kept beside it. */
async function assertUnused(url: string): Promise<void> {
  const users = await asOwner(url, async (client) => {
    const { rows } = await client.query<{ name: string }>(
      `select distinct usename::text as name from pg_stat_activity
        where datname = current_database() and usename in ('steward_operator', 'steward_worker', 'steward_member') order by 1`,
    )
    return rows.map(({ name }) => name)
  })
  if (users.length > 0)
    throw new Error(`${users.join(' and ')} still use the database: stop every API and worker first`)
}

/** A folder of this account alone, gone afterwards: a dump holds everything. */
async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(path.join(tmpdir(), 'steward-backup-'))
  try {
    return await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
