import { readFile } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import type { OperationKind } from '../../../control-plane/domain/operation-kinds.ts'
import type { TestEstate } from '../../support/estate.ts'
import { asCustomer } from '../../support/plane.ts'
import { withClient } from '../../support/postgres.ts'
import { reportStall } from './stall-report.ts'
import { type Ended, expectedOf, versionOf } from './tenant-model.ts'

const PATIENCE_MS = 300_000

/** A wish that was answered with an operation; `name`: of the tenant, or of the unit that it is about. */
export type Asked = { name: string; kind: OperationKind; operationId: string; merged: boolean }
export type Judgement = { wrong: string[]; outcomes: Record<string, number> }
type Told = Ended & { name: string; unit: string }
type Query = <Row>(text: string, values?: unknown[]) => Promise<Row[]>

/** Waits for the end of everything, then compares what there is with what was acknowledged and with the model; says what is wrong. */
export async function judgeRandomLife(its: TestEstate, asked: readonly Asked[]): Promise<Judgement> {
  const url = (await readFile(its.estate.credentials.url('plane-owner'), 'utf8')).trim()
  const rows: Query = <Row>(text: string, values: unknown[] = []) =>
    withClient(url, async (client) => (await client.query(text, values)).rows as Row[]) // as the statement says
  const stalled = await untilEnded(its, rows)
  const ended = await rows<Told>(
    `select o.id, o.kind, o.state, o.error_code as code, coalesce(t.slug, u.name) as name, u.name as unit,
            o.input -> 'wanted' -> 'limits' ->> 'burst' as burst, o.input ->> 'version' as version
       from operations o join units u on u.id = o.unit_id left join tenants t on t.id = o.tenant_id
      where o.kind <> 'cell.create' order by o.sequence`,
  )
  const wrong = [
    ...stalled,
    ...unaccounted(ended, asked),
    ...(await leftClaims(rows)),
    ...(await tenantsThatDiffer(its, rows, ended)),
    ...(await unitsThatDiffer(rows, ended)),
  ]
  const outcomes: Record<string, number> = {}
  for (const { kind, state, code } of ended) {
    const what = `${kind} ${state}${code === null ? '' : ` ${code}`}`
    outcomes[what] = (outcomes[what] ?? 0) + 1
  }
  return { wrong, outcomes }
}

async function untilEnded(its: TestEstate, rows: Query): Promise<string[]> {
  const deadline = Date.now() + PATIENCE_MS
  const away = [{ id: '?', kind: '?', state: 'the database is away' }]
  for (;;) {
    const open = await rows<{ id: string; kind: string; state: string }>(
      'select id, kind, state from operations where finished_at is null',
    ).catch(() => away)
    if (open.length === 0) return []
    if (Date.now() > deadline) {
      const report = await reportStall(its).catch((error: unknown) => [`nothing more is known: ${String(error)}`])
      return [...open.map(({ id, kind, state }) => `${kind} ${id} never ended: ${state}`), ...report]
    }
    await pause(500)
  }
}

/** What was acknowledged is there, and nothing else is. */
function unaccounted(ended: readonly Told[], asked: readonly Asked[]): string[] {
  const known = new Set(ended.map(({ id }) => id))
  const wanted = new Set(asked.map(({ operationId }) => operationId))
  const fresh = asked.filter(({ merged }) => !merged).map(({ operationId }) => operationId)
  return [
    ...asked
      .filter(({ operationId }) => !known.has(operationId))
      .map(({ kind, name, operationId }) => `${kind} of ${name} was acknowledged and is lost: ${operationId}`),
    ...ended
      .filter(({ id }) => !wanted.has(id))
      .map(({ kind, name, id }) => `${kind} of ${name} ${id}: nobody asked for it`),
    ...(new Set(fresh).size === fresh.length ? [] : ['one operation answered two requests that were not the same']),
  ]
}

async function leftClaims(rows: Query): Promise<string[]> {
  const claims = await rows('select 1 from operation_claims')
  return claims.length === 0 ? [] : [`${claims.length} claims are held by nobody`]
}

async function tenantsThatDiffer(its: TestEstate, rows: Query, ended: readonly Told[]): Promise<string[]> {
  const tenants = await rows<{ slug: string; state: string; burst: string; host: string }>(
    `select slug, state, host, limits ->> 'burst' as burst from tenants`,
  )
  const wrong: string[] = []
  for (const { slug, state, burst, host } of tenants) {
    const expected = expectedOf(ended.filter(({ name, kind }) => name === slug && kind.startsWith('tenant.')))
    const { status } = await asCustomer(its.estate.urls.edge, host, '/whoami')
    const found = { state, burst: state === 'decommissioned' ? null : burst, status }
    const same =
      found.state === expected.state &&
      (expected.burst === null || found.burst === null || found.burst === expected.burst) &&
      (expected.status === null || found.status === expected.status)
    if (!same) wrong.push(`${slug} is ${JSON.stringify(found)}, the model says ${JSON.stringify(expected)}`)
  }
  return wrong
}

async function unitsThatDiffer(rows: Query, ended: readonly Told[]): Promise<string[]> {
  const units = await rows<{ name: string; version: string; confirmed: string }>(
    `select name, version, confirmed_version as confirmed from units where state = 'active'`,
  )
  return units.flatMap(({ name, version, confirmed }) => {
    const expected = versionOf(ended.filter(({ unit }) => unit === name))
    return version === expected && confirmed === expected
      ? []
      : [`unit ${name} wants ${version} and has confirmed ${confirmed}, the model says ${expected}`]
  })
}
