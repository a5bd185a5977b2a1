import { randomBytes } from 'node:crypto'
import { escapeIdentifier as id, escapeLiteral as literal } from 'pg'
import { type Link, sleep } from '../../kubernetes/link.ts'
import type { Held } from '../fence.ts'
import type { Statements } from '../product-server.ts'
import { scramVerifier } from '../scram.ts'
import { moveProblems } from './move.errors.ts'
import { atBoth, atEnd, type Flow, type Move, moveSchema } from './move.ts'
import type { MoveTable } from './tables.ts'

/** Longest time that making a slot waits for transactions that are open anywhere in the cluster. */
const SLOT_WAIT_MS = 60_000
/** A walsender whose subscriber has just stopped lets go of its slot within this time. */
const SLOT_RELEASE_MS = 20_000
/** The apply connection, as many table copies as run at once, and one for a worker that is being replaced. */
const FLOW_CONNECTIONS = 6

/**
 * The login that rows are read with, and what it reads: no row of another tenant is in the publication. It may log in to this one
 * database, select from the tables that move and follow the log; made without a password that anybody could know.
 */
export async function publish(
  move: Move,
  { from, name, way }: Flow,
  tables: readonly MoveTable[],
  held: Held,
): Promise<void> {
  await atEnd(from, async ({ run }) => {
    const [role] = await run('look for the login', 'select 1 from pg_roles where rolname = $1', [name])
    held()
    if (!role) await run('make the login', `create role ${id(name)} nologin replication bypassrls`)
    const schemas = [...new Set(tables.map(({ schema }) => schema)), moveSchema(move)]
    const names = [...tables.map(({ table }) => table), `${id(moveSchema(move))}.marks`]
    for (const grant of [
      `grant connect on database ${id(from.database)} to ${id(name)}`,
      ...schemas.map((schema) => `grant usage on schema ${id(schema)} to ${id(name)}`),
      `grant select on ${names.join(', ')} to ${id(name)}`,
    ]) {
      held()
      await run('grant what is read', grant)
    }
    const [made] = await run('look for the publication', 'select 1 from pg_publication where pubname = $1', [name])
    if (made) return
    const filtered = tables.map(({ table }) => `${table} where (tenant_id = ${literal(move.tenantId)}::uuid)`)
    filtered.push(`${id(moveSchema(move))}.marks where (way = ${literal(way)})`)
    held()
    await run(
      'publish the rows of the tenant', // a truncate has no rows that a filter could ask for: it is never passed on
      `create publication ${id(name)} for table ${filtered.join(', ')} with (publish = 'insert, update, delete')`,
    )
  })
}

/**
 * Makes the slot that keeps the log. Outside of any fence: it waits for every transaction open in the cluster, and a fence is one. Throws
 * `move.slot-lost` when the subscription exists already: a second slot would leave out what happened before it.
 */
export async function makeSlot({ from, to, name }: Flow): Promise<void> {
  const known = await atEnd(to, ({ run }) => run('look for the subscription', SUBSCRIPTION, [name, to.database]))
  await atEnd(from, async ({ run }) => {
    const [slot] = await run('look for the slot', 'select 1 from pg_replication_slots where slot_name = $1', [name])
    if (slot) return
    if (known.length > 0) throw moveProblems['move.slot-lost']({ detail: `slot ${name} is gone` })
    await run('bound waiting', `set lock_timeout = 0; set statement_timeout = ${SLOT_WAIT_MS}`)
    await run('make the slot', `select pg_create_logical_replication_slot($1, 'pgoutput')`, [name])
  })
}

const SUBSCRIPTION = `select s.oid::text, s.subenabled as enabled from pg_subscription s join pg_database d on d.oid = s.subdbid
  where s.subname = $1 and d.datname = $2`

/**
 * Subscribes to what is published, once. The login gets a password of this moment: only its verifier and the subscription know it, and
 * statements that carry it are kept out of the server's log.
 */
export async function subscribe(
  { from, to, name }: Flow,
  options: { copy: boolean; enabled: boolean },
  held: Held,
): Promise<void> {
  await atBoth({ from, to }, async (source, target) => {
    if ((await target.run('look for the subscription', SUBSCRIPTION, [name, to.database])).length > 0) return
    const password = randomBytes(24).toString('hex')
    held()
    await source.run(
      'give the login its password',
      `alter role ${id(name)} login connection limit ${FLOW_CONNECTIONS} password ${literal(scramVerifier(password))}`,
    )
    const { host, port, sslmode, sslrootcert } = from.reach // an address may know more than libpq does
    const known = { host, port, ...(sslmode ? { sslmode } : {}), ...(sslrootcert ? { sslrootcert } : {}) }
    const reach = Object.entries({ ...known, dbname: from.database, user: name, password, connect_timeout: 10 })
      .map(([key, value]) => `${key}='${String(value).replaceAll(/['\\]/g, '\\$&')}'`)
      .join(' ')
    held()
    await target.run(
      'subscribe',
      `begin; set local log_statement = 'none'; set local log_min_error_statement = 'panic'; set local log_min_duration_statement = -1;
       create subscription ${id(name)} connection ${literal(reach)} publication ${id(name)}
         with (create_slot = false, slot_name = ${literal(name)}, copy_data = ${options.copy}, enabled = ${options.enabled});
       commit`,
    )
  })
}

/** Lets a subscription run. */
export const enableFlow = ({ to, name }: Flow): Promise<unknown> =>
  atEnd(to, ({ run }) => run('let the subscription run', `alter subscription ${id(name)} enable`))

/**
 * Ends one direction: subscription, slots (also those of table copies that broke off), publication, login. Safe to repeat; what is gone
 * is passed over.
 */
export async function endFlow(flow: Flow, held: Held, { signal }: Link): Promise<void> {
  const { from, to, name } = flow
  await atBoth(flow, async (source, target) => {
    const [subscription] = await target.run<{ oid: string }>('look for the subscription', SUBSCRIPTION, [
      name,
      to.database,
    ])
    if (subscription) {
      held()
      await target.run('stop the subscription', `alter subscription ${id(name)} disable`)
      await endReaders(source, name, signal)
      await target.run('part it from its slot', `alter subscription ${id(name)} set (slot_name = none)`)
      await target.run('drop the subscription', `drop subscription ${id(name)}`) // asks the other end to drop slots of table copies
    }
    held()
    await dropSlots(source, target, flow, signal)
    await source.run('drop the publication', `drop publication if exists ${id(name)}`)
    const [role] = await source.run('look for the login', 'select 1 from pg_roles where rolname = $1', [name])
    held()
    if (role)
      await source.run(
        'drop the login',
        `drop owned by ${id(name)}; revoke all on database ${id(from.database)} from ${id(name)}; drop role ${id(name)}`,
      )
  })
}

/**
 * Ends the connections of the flow's login. One may be making a slot for a table copy, which waits for every open transaction, our own
 * fence among them, and dropping the subscription would wait for it.
 */
async function endReaders({ run }: Statements, name: string, signal: AbortSignal): Promise<void> {
  for (const deadline = Date.now() + SLOT_RELEASE_MS; ;) {
    const left = await run(
      'end the readers',
      'select pg_terminate_backend(pid) from pg_stat_activity where usename = $1',
      [name],
    )
    if (left.length === 0) return
    if (Date.now() > deadline) throw moveProblems['move.stalled']({ detail: `${name} is still connected` })
    await sleep(50, signal)
  }
}

/** Slots of table copies are named after their subscription's number: whose is gone at that cluster, belong to nobody. */
async function dropSlots(
  source: Statements,
  target: Statements,
  { name, from }: Flow,
  signal: AbortSignal,
): Promise<void> {
  const subscriptions = await target.run<{ oid: string; system: string }>(
    'look for subscriptions',
    `select coalesce(s.oid::text, '') as oid, c.system_identifier::text as system from pg_control_system() c left join pg_subscription s on true`,
  )
  const living = subscriptions.map(({ oid }) => oid)
  for (const deadline = Date.now() + SLOT_RELEASE_MS; ;) {
    const slots = await source.run<{ slot: string; active: boolean }>(
      'look for slots',
      `select slot_name as slot, active from pg_replication_slots where database = $1 and (slot_name = $2
          or (slot_name ~ ('^pg_[0-9]+_sync_[0-9]+_' || $3 || '$') and split_part(slot_name, '_', 2) <> all ($4)))`,
      [from.database, name, subscriptions[0]?.system, living],
    )
    const idle = slots.filter(({ active }) => !active)
    for (const { slot } of idle) await source.run('drop a slot', 'select pg_drop_replication_slot($1)', [slot])
    if (idle.length === slots.length) return
    if (Date.now() > deadline) throw moveProblems['move.stalled']({ detail: `slot ${slots[0]?.slot} is still in use` })
    await sleep(50, signal)
  }
}
