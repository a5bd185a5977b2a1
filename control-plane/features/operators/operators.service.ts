import { isRole, verbsOf, type Role } from '../../domain/access.ts'
import { looksLikeId } from '../../domain/slug.ts'
import type { AuditAppend } from '../../platform/audit.ts'
import type { Actor } from '../../platform/auth.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Database, Tx } from '../../platform/database.ts'
import { assertIfMatch, etagOf } from '../../platform/etag.ts'
import { idempotent, type Answer, type Idempotency } from '../../platform/idempotency.ts'
import { newId } from '../../platform/ids.ts'
import { cursorPage, type Cursors } from '../../platform/pagination.ts'
import type { Page } from '../../platform/schemas.ts'
import { problems } from './operators.errors.ts'
import type { CreateOperator, ListOperators, Operator } from './operators.schema.ts'
import { operatorsStore as store, type OperatorRow, type Standing } from './operators.store.ts'

type Deps = {
  database: Pick<Database, 'transaction'>
  cursors: Cursors
  audit: AuditAppend
  clock: Clock
  /** Ends the sessions of an operator who is shut out: enabled again, it signs in again. */
  endSessions: (tx: Tx, operatorId: string) => Promise<readonly string[]>
}
export type Asked = { actor: Actor; idempotency: Idempotency; reference: string; ifMatch: string | undefined }
type Told = Answer<Operator> & { replayed: boolean }

export type OperatorsService = {
  /** Throws `operator.name-taken`, `operator.role-exceeds-yours`. */
  create: (actor: Actor, idempotency: Idempotency, input: CreateOperator) => Promise<Told>
  /** By name. Throws `cursor.invalid`. */
  list: (wanted: ListOperators) => Promise<Page<Operator>>
  /** Throws `operator.not-found`. */
  get: (reference: string) => Promise<Operator>
  /** Throws `operator.not-found`, `operator.last-administrator`, `generation.stale`. Again it changes nothing. */
  disable: (asked: Asked) => Promise<Told>
  /** Throws `operator.not-found`, `operator.role-exceeds-yours`, `generation.stale`. Again it changes nothing. */
  enable: (asked: Asked) => Promise<Told>
  /** Throws besides: `operator.role-from-groups` for people of an identity provider. */
  setRole: (asked: Asked, role: Role) => Promise<Told>
}

export const operatorsService = (deps: Deps): OperatorsService => {
  const { database, cursors } = deps
  const once = (actor: Actor, { key, fingerprint }: Idempotency, work: (tx: Tx) => Promise<Answer<Operator>>) =>
    database.transaction((tx) => idempotent(tx, actor, key, fingerprint, () => work(tx)))
  return {
    create: (actor, idempotency, input) => once(actor, idempotency, (tx) => create(deps, tx, actor, input)),
    async list({ limit = 50, cursor, ...filters }) {
      const scope = { list: 'operators', filters }
      const after = cursors.decode(scope, cursor)
      const rows = await database.transaction((tx) => store.list(tx, filters, after, limit + 1))
      return cursorPage({ cursors, scope, limit, rows, position: ({ name }) => [name], item: (row) => row })
    },
    get: (reference) => database.transaction((tx) => findOperator(tx, reference)),
    disable: (asked) =>
      once(asked.actor, asked.idempotency, (tx) =>
        change(deps, tx, asked, 'operator.disable', async (row) => {
          await assertNotLast(tx, row.id, deps.clock.now())
          return { ...standingOf(row), disabledAt: row.disabledAt ?? deps.clock.now().toISOString() }
        }),
      ),
    enable: (asked) =>
      once(asked.actor, asked.idempotency, (tx) =>
        change(deps, tx, asked, 'operator.enable', async (row) => {
          if (isRole(row.role)) assertHas(asked.actor, row.role)
          const again = row.issuer === null && hasEnded(row, deps.clock.now()) // the groups of a person decide that
          return { ...standingOf(row), disabledAt: null, ...(again && { expiresAt: null }) }
        }),
      ),
    setRole: (asked, role) =>
      once(asked.actor, asked.idempotency, (tx) =>
        change(deps, tx, asked, 'operator.set-role', async (row) => {
          if (row.issuer !== null) throw fromGroups(row)
          assertHas(asked.actor, role)
          if (role !== 'administrator') await assertNotLast(tx, row.id, deps.clock.now())
          return { ...standingOf(row), role }
        }),
      ),
  }
}

/** Whether nobody else could let people in. Under the lock of the table. */
export async function isLastAdministrator(tx: Tx, id: string, now: Date): Promise<boolean> {
  const administrators = await store.administrators(tx, now.toISOString())
  return administrators.length === 1 && administrators[0] === id
}

/** Shut out by time: break-glass is over, or no group gives a role any more. */
export const hasEnded = ({ expiresAt }: Pick<OperatorRow, 'expiresAt'>, now: Date): boolean =>
  expiresAt !== null && Date.parse(expiresAt) <= now.getTime()

/** Throws `operator.last-administrator` when nobody else could let people in. Under the lock of the table. */
async function assertNotLast(tx: Tx, id: string, now: Date): Promise<void> {
  if (!(await isLastAdministrator(tx, id, now))) return
  throw problems['operator.last-administrator']({
    detail: 'Make somebody else an administrator first: nobody could let people in again',
  })
}

/** An operator by id or name. Throws `operator.not-found`. */
export async function findOperator(tx: Tx, reference: string): Promise<OperatorRow> {
  const id = reference.toLowerCase()
  const row = looksLikeId(id) ? await store.find(tx, id, null) : await store.find(tx, null, reference)
  if (row !== undefined) return row
  throw problems['operator.not-found']({ detail: 'GET /v1/operators lists those that there are' })
}

/** Nobody makes somebody who may more than they: a narrow token would otherwise open everything in two steps. */
function assertHas(actor: Actor, role: Role): void {
  const lacking = verbsOf(role).find((verb) => !actor.verbs.includes(verb))
  if (lacking === undefined) return
  throw problems['operator.role-exceeds-yours']({
    detail: `The role ${role} has ${lacking}, which you do not have here`,
    extra: { verb: lacking },
  })
}

const fromGroups = ({ issuer }: OperatorRow) =>
  problems['operator.role-from-groups']({
    detail: `Change its groups at ${issuer}: its role follows at the next sign-in. To shut it out now, disable it`,
  })

const standingOf = ({ role, disabledAt, expiresAt }: OperatorRow): Standing => ({ role, disabledAt, expiresAt })

async function create(
  { audit }: Deps,
  tx: Tx,
  actor: Actor,
  { name, role }: CreateOperator,
): Promise<Answer<Operator>> {
  assertHas(actor, role)
  const id = newId()
  if (
    looksLikeId(name) ||
    !(await store.insert(tx, { id, name, role, issuer: null, subject: null, expiresAt: null }))
  ) {
    const message = looksLikeId(name) ? 'looks like an id: choose a name' : 'is the name of another operator'
    throw problems['operator.name-taken']({
      detail: `The name ${message}`,
      fields: [{ pointer: '/name', rule: 'operator.name-unique', message }],
    })
  }
  await audit(tx, {
    stream: 'installation',
    actor,
    action: 'operator.create',
    subject: `operator:${id}`,
    outcome: 'succeeded',
    detail: { role },
    personal: { name },
  })
  const body = await findOperator(tx, id)
  return { status: 201, headers: { location: `/v1/operators/${id}`, etag: etagOf(body.generation) }, body }
}

async function change(
  deps: Deps,
  tx: Tx,
  { actor, reference, ifMatch }: Asked,
  action: string,
  decide: (row: OperatorRow) => Promise<Standing>,
): Promise<Answer<Operator>> {
  await store.lock(tx)
  const row = await findOperator(tx, reference)
  assertIfMatch(ifMatch, row.generation)
  const [before, after, now] = [standingOf(row), await decide(row), deps.clock.now()]
  if (before.role !== after.role || before.disabledAt !== after.disabledAt || before.expiresAt !== after.expiresAt) {
    await store.setStanding(tx, row.id, after)
    const ended = after.disabledAt === null ? [] : await deps.endSessions(tx, row.id)
    await deps.audit(tx, {
      stream: 'installation',
      actor,
      action,
      subject: `operator:${row.id}`,
      outcome: 'succeeded',
      detail: { before: told(before, now), after: told(after, now), sessions: [...ended] },
    })
  }
  const body = await findOperator(tx, row.id)
  return { status: 200, headers: { etag: etagOf(body.generation) }, body }
}

const told = (standing: Standing, now: Date) => ({
  role: standing.role,
  enabled: standing.disabledAt === null && !hasEnded(standing, now),
})
