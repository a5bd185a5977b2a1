import { escapeIdentifier as id, escapeLiteral as literal } from 'pg'
import { setTimeout as pause } from 'node:timers/promises'
import type { Link } from '../../kubernetes/link.ts'
import type { Held } from '../fence.ts'
import { Problem } from '../../../control-plane/domain/problem.ts'
import type { Statements } from '../product-server.ts'
import { movableTables } from './inspect.ts'
import { moveProblems } from './move.errors.ts'
import { asStep, atBoth, atEnd, flowOf, type Move, type MoveEnd, moveSchema } from './move.ts'
import { readSide, sideTable } from './side.ts'
import type { MoveTable } from './tables.ts'

/** A trigger asks for a lock that every writer of the table then waits behind, other tenants' too: shortly, and again. */
const TRIGGER_WAIT_MS = 200
const TRIGGER_ATTEMPTS = 50
const TRIGGER_PAUSE_MS = 200
/**
 * A vacuum that the server began by itself keeps triggers out as long as it lasts, minutes in a large table. It gives way to whoever waits
 * longer than `deadlock_timeout`, a second unless changed: each tenth attempt does.
 * https://www.postgresql.org/docs/15/routine-vacuuming.html#AUTOVACUUM
 */
const VACUUM_WAIT_MS = 1500
const VACUUM_EVERY = 10

/** The lock of a move that its tenant's writers share and a freeze takes alone; of one database. */
export const barrierKey = (move: Pick<Move, 'id'>): string => `hashtextextended(${literal(moveSchema(move))}, 0)`
const READ_ONLY = '25006'

/**
 * Makes the move's schema at both ends and puts guards on the tables of tenants: the source stays writable, at the target no row of the
 * tenant can be written but by replication. Each guarded write notes its key, so that what has changed can be compared without looking
 * at everything. Throws `move.refused`; what a refusal found after the guard stood is taken away again. Safe to repeat.
 */
export async function beginMove(move: Move, link: Link): Promise<void> {
  await asStep(move, link, async (held) => {
    const tables = await movableTables(move)
    await guard(move, move.target, tables, false, held)
    await movableTables(move).catch(async (refusal: unknown) => {
      await atEnd(move.target, async (target) => {
        if (!(await readSide(target, move))?.ours) await dropGuard(target, move, held)
      })
      throw refusal
    })
    await atEnd(move.target, ({ run }) => run('own what comes', `update ${sideTable(move)} set ours = true`))
    await guard(move, move.source, tables, true, held)
  })
}

async function guard(
  move: Move,
  end: MoveEnd,
  tables: readonly MoveTable[],
  writable: boolean,
  held: Held,
): Promise<void> {
  await atEnd(end, async (statements) => {
    held()
    await statements.run('make the schema of the move', schemaSql(move))
    await statements.run(
      'make the side',
      `insert into ${sideTable(move)} (tenant, writable) values ($1, $2) on conflict do nothing`,
      [move.tenantId, writable],
    )
    const [of] = await statements.run<{ tenant: string }>(
      'read whose move it is',
      `select tenant from ${sideTable(move)}`,
    )
    if (of?.tenant !== move.tenantId)
      throw moveProblems['move.invalid']({ detail: 'a move of this id is another tenant’s' })
    for (const [n, table] of tables.entries()) {
      await statements.run('make a guard', guardSql(move, table, n))
      await patiently(statements, held, `guard ${table.table}`, triggerSql(move, table, n))
    }
  })
}

/** Statements that need a lock which others wait behind: given up early, tried again. */
async function patiently({ run }: Statements, held: Held, what: string, text: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    held()
    const waitMs = attempt % VACUUM_EVERY === 0 ? VACUUM_WAIT_MS : TRIGGER_WAIT_MS
    try {
      await run(what, `begin; set local lock_timeout = ${waitMs}; ${text}; commit`)
      return
    } catch (error) {
      await run('give the lock up', 'rollback')
      if (!(error instanceof Problem) || error.code !== 'database.busy' || attempt === TRIGGER_ATTEMPTS) throw error
      await pause(TRIGGER_PAUSE_MS)
    }
  }
}

/**
 * `admit`: a writer shares the barrier until its transaction ends. The side is read under a lock on its row: an old snapshot (repeatable
 * read) that still saw it writable fails to serialize instead of writing into a side that was closed.
 */
const schemaSql = (move: Move) => {
  const schema = id(moveSchema(move))
  return `
  begin;
  create schema if not exists ${schema};
  create table if not exists ${schema}.side (one boolean primary key default true check (one), tenant uuid not null,
    writable boolean not null, aborting boolean not null default false, ours boolean not null default false,
    retiring boolean not null default false,    frozen_at timestamptz, freeze_ms integer, rows_compared bigint not null default 0);
  create table if not exists ${schema}.marks (way text primary key, n bigint not null);
  create table if not exists ${schema}.changes (id bigint generated always as identity primary key, tbl text not null, key text[] not null);
  create or replace function ${schema}.admit() returns void language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
  declare open boolean;
  begin
    if not pg_try_advisory_xact_lock_shared(${barrierKey(move)}) then
      raise exception 'rows of this tenant are being moved; try again' using errcode = '${READ_ONLY}';
    end if;
    select writable into open from ${schema}.side for share;
    if open is not true then
      raise exception 'rows of this tenant are written elsewhere' using errcode = '${READ_ONLY}';
    end if;
  end $$;
  create or replace function ${schema}.guard() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
  begin
    perform ${schema}.admit();
    return case when tg_op = 'DELETE' then old else new end;
  end $$;
  create or replace function ${schema}.refuse_truncate() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
  begin
    raise exception 'tables are not truncated while rows of a tenant are moved' using errcode = '${READ_ONLY}';
  end $$;
  commit`
}

/** Notes the keys of what was written, and asks again whether it may be: a trigger in between can have changed whose row it is. */
const guardSql = (move: Move, { table, key }: MoveTable, n: number) => {
  const schema = id(moveSchema(move))
  const keyOf = (row: string) => `array[${key.map((name) => `${row}.${id(name)}::text`).join(', ')}]`
  const note = (row: string) => `insert into ${schema}.changes (tbl, key) values (${literal(table)}, ${keyOf(row)})`
  const mine = (row: string) => `${row}.tenant_id = ${literal(move.tenantId)}::uuid`
  return `
  create or replace function ${schema}.note_${n}() returns trigger language plpgsql security definer
    set search_path = pg_catalog, pg_temp set datestyle = 'ISO, YMD' set timezone = 'UTC' as $guard$
  begin
    perform ${schema}.admit();
    if tg_op <> 'INSERT' then
      if ${mine('old')} then ${note('old')}; end if;
    end if;
    if tg_op = 'INSERT' then
      ${note('new')};
    elsif tg_op = 'UPDATE' then
      if ${mine('new')} and (not ${mine('old')} or ${keyOf('new')} <> ${keyOf('old')}) then ${note('new')}; end if;
    end if;
    return null;
  end $guard$`
}

/** Named by row only for the tenant that moves: neighbours in the same tables pay for one comparison. */
const triggerSql = (move: Move, { table }: MoveTable, n: number) => {
  const mine = (row: string) => `${row}.tenant_id = ${literal(move.tenantId)}::uuid`
  const schema = id(moveSchema(move))
  const on = (event: string, when: string) =>
    (['before', 'after'] as const).map(
      (time) => `create or replace trigger ${id(`${moveSchema(move)}_${event}_${time}`)} ${time} ${event} on ${table}
       for each row when (${when}) execute function ${schema}.${time === 'before' ? 'guard' : `note_${n}`}()`,
    )
  return [
    ...on('insert', mine('new')),
    ...on('update', `${mine('old')} or ${mine('new')}`),
    ...on('delete', mine('old')),
    `create or replace trigger ${id(`${moveSchema(move)}_truncate`)} before truncate on ${table}
       for each statement execute function ${schema}.refuse_truncate()`,
  ].join('; ')
}

/** Takes guards and schema of the move away from one end: the last thing that a move does there. */
export async function dropGuard(statements: Statements, move: Move, held: Held): Promise<void> {
  const triggers = await statements.run<{ text: string }>(
    'look for guards',
    `select format('drop trigger if exists %I on %s', tgname, tgrelid::regclass) as text from pg_trigger
      where tgname like $1 and not tgisinternal order by tgrelid, tgname`,
    [`${moveSchema(move).replaceAll('_', '\\_')}\\_%`],
  )
  for (const { text } of triggers) await patiently(statements, held, 'take a guard away', text)
  held()
  await statements.run('drop the schema of the move', `drop schema if exists ${id(moveSchema(move))} cascade`)
}

/** Writes at both ends, source first, that the move is being taken back; an end where nothing of it is left is passed over. */
export const markAborting = (move: Move): Promise<void> =>
  atBoth(flowOf(move, 'out'), async (source, target) => {
    for (const end of [source, target])
      if (await readSide(end, move)) await end.run('mark as aborting', `update ${sideTable(move)} set aborting = true`)
  })
