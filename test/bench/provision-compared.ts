import { readFile } from 'node:fs/promises'
import type { Compute } from '../../control-plane/domain/compute.ts'
import type { Limits } from '../../control-plane/domain/limits.ts'
import type { TenantsFile } from '../../control-plane/domain/tenants-file.ts'
import { newId } from '../../control-plane/platform/ids.ts'
import { sameDump } from './same-dump.ts'
import { dumpEstate, type Named } from '../support/estate-dump.ts'
import { createCell, type TestEstate } from '../support/estate.ts'
import type { OperationView } from '../support/plane.ts'
import { withClient } from '../support/postgres.ts'
import type { Unit } from '../../workflows/steps/chart-use.ts'
import { type Bare, barePrivate, bareShared, bareUnit, type Served, untilServed } from './bare.ts'

export type Sample = { servedMs: number; effectsMs: number }
/** Times by the plane and by the bare script, in turn, on the same servers; both ends were equal. */
export type Compared = { plane: readonly Sample[]; bareMs: readonly number[] }

/** From sending the request to the first 200 as that tenant through edge and gateway. */
export async function provisionOne({ plane, estate }: TestEstate, slug: string, plan: string): Promise<Sample> {
  const started = performance.now()
  const { status, body } = await plane.call<{ operationId: string; tenant: { host: string } }>('POST', '/v1/tenants', {
    body: { slug, plan },
  })
  if (status !== 202) throw new Error(`${slug}: ${status} ${JSON.stringify(body)}`)
  await untilServed(estate.urls.edge, { slug, host: body.tenant.host })
  const servedMs = performance.now() - started
  return { servedMs, effectsMs: effectsUntilServed(await plane.settle(body.operationId)) }
}

/** Time inside steps up to the first 200. The last step asks for that same 200: it counts for nothing here but to the overhead. */
const effectsUntilServed = ({ steps }: OperationView): number =>
  steps
    .filter(({ step }) => step !== 'probe-serving')
    .reduce((sum, { startedAt, finishedAt }) => sum + (Date.parse(finishedAt ?? '') - Date.parse(startedAt ?? '')), 0)

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now()
  await work()
  return performance.now() - started
}

type PlanRow = { limits: Limits; compute: Compute | null }
type UnitRow = Omit<Unit, 'product'> & { product: string }

/** What the script has to be told, because it keeps nothing: read once, before anything is timed. */
export async function factsOf({ estate }: TestEstate, plan: string, unit: string) {
  const owner = (await readFile(estate.credentials.url('plane-owner'), 'utf8')).trim()
  return withClient(owner, async (client) => {
    const plans = await client.query<PlanRow>('select limits, compute from plans where name = $1', [plan])
    const units = await client.query<UnitRow & { revision: string }>(
      `select u.id, u.kind, u.name, u.product, p.chart, p.image, u.version, u.tenants_revision as revision
         from units u join products p on p.name = u.product where u.name = $1`,
      [unit],
    )
    const [found, of] = [units.rows[0], plans.rows[0]]
    if (!found || !of) throw new Error(`no unit ${unit} or no plan ${plan}`)
    return { plan: of, unit: found }
  })
}

const WARM_UP = 2

/** Shared tenants by turns: one by the plane into its cell, one by the script into a cell of its own. */
export async function compareShared(
  its: TestEstate,
  bare: Bare,
  count: number,
  say: (n: number) => void,
): Promise<Compared> {
  const capacity = { tenants: count + WARM_UP, requestsPerSecond: 100_000 }
  await createCell(its.plane, 'bare-cell', { ...capacity, tenants: 1 }) // the plane itself must find no room there
  await provisionOne(its, 'bare-0', 'starter-shared')
  const { plan, unit } = await factsOf(its, 'starter-shared', 'bare-cell')
  await createCell(its.plane, 'made-cell', { ...capacity, tenants: count + WARM_UP + 1 })
  await provisionOne(its, 'made-0', 'starter-shared')
  let file = await fileOf(its, unit)
  const named: Named[] = []
  const plane: Sample[] = []
  const bareMs: number[] = []
  for (let n = 1; n <= count + WARM_UP; n++) {
    const sample = await provisionOne(its, `made-${n}`, 'starter-shared')
    const tenant: Served = { id: newId(), slug: `bare-${n}`, host: `bare-${n}.localhost`, limits: plan.limits }
    named.push({ id: tenant.id, name: tenant.slug })
    const ms = await timed(async () => {
      file = await bareShared(bare, unit, file, tenant)
    })
    if (n > WARM_UP) {
      plane.push(sample)
      bareMs.push(ms)
    }
    if (n % 10 === 0) say(n)
  }
  await refuseDifference(its, named)
  return { plane, bareMs }
}

/** Private tenants by turns; each has everything to itself, so that the script needs nothing of the plane. */
export async function comparePrivate(
  its: TestEstate,
  bare: Bare,
  count: number,
  say: (n: number) => void,
): Promise<Compared> {
  const plane: Sample[] = []
  const bareMs: number[] = []
  const { plan, unit } = await factsOf(its, 'business-private', 'bare-cell')
  for (let n = 1; n <= count + 1; n++) {
    const sample = await provisionOne(its, `own-made-${n}`, 'business-private')
    const slug = `own-bare-${n}`
    const own = bareUnit('instance', slug, unit)
    const tenant = { id: newId(), slug, host: `${slug}.localhost`, ...plan }
    const ms = await timed(() => barePrivate(bare, own, tenant))
    say(n)
    if (n > 1) {
      plane.push(sample)
      bareMs.push(ms)
      continue
    }
    const ends = [
      await dumpEstate(its.estate, `own-made-${n}`),
      await dumpEstate(its.estate, slug, [
        { id: own.id, name: slug },
        { id: tenant.id, name: slug },
      ]),
    ] as const
    sameDump(...ends)
  }
  return { plane, bareMs }
}

async function refuseDifference({ estate }: TestEstate, named: readonly Named[]): Promise<void> {
  sameDump(await dumpEstate(estate, 'made'), await dumpEstate(estate, 'bare', named))
}

/** The script's own copy of the tenants file: as the plane left it, written by nobody else from now on. */
async function fileOf({ estate }: TestEstate, unit: UnitRow & { revision: string }): Promise<TenantsFile> {
  const owner = (await readFile(estate.credentials.url('plane-owner'), 'utf8')).trim()
  const { rows } = await withClient(owner, (client) =>
    client.query<{ id: string; slug: string; host: string; limits: Limits }>(
      `select id, slug, host, limits from tenants where unit_id = $1 and published = 'active'`,
      [unit.id],
    ),
  )
  const tenants = rows.map(({ id, slug, host, limits }) => ({
    id,
    slug,
    hosts: [host],
    state: 'active' as const,
    limits,
  }))
  return { unit: unit.name, revision: Number(unit.revision), tenants }
}
