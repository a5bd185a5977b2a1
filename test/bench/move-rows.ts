import { randomUUID } from 'node:crypto'
import { unlinked } from '../../stacks/kubernetes/link.ts'
import { handOver } from '../../stacks/postgres/move/hand-over.ts'
import { compareChanges } from '../../stacks/postgres/move/changes.ts'
import { prepareReturn } from '../../stacks/postgres/move/copy.ts'
import { retireMove } from '../../stacks/postgres/move/retire.ts'
import { verifyRows } from '../../stacks/postgres/move/verify.ts'
import {
  copied,
  fill,
  move,
  MOVE_SCHEMA,
  products,
  QUICK_WORKERS,
  type Site,
  site,
  startWriters,
} from '../support/move-rig.ts'
import { startTestServer, type TestServer } from '../support/postgres.ts'
import { percentile, type Bench } from './report.ts'

const SIZES = { '100mb': 100, '1gb': 1000 } as const
type Size = keyof typeof SIZES
const ROUNDS = 3
const WRITES = { lanes: 10, perSecond: 500 }
const SETTINGS = { ...QUICK_WORKERS, synchronous_commit: 'on', max_wal_size: '4GB' }
const BULK =
  'create table bulk (tenant_id uuid not null, id bigint not null, body text not null, primary key (tenant_id, id))'
/** Bytes of a row of that table on disk. */
const ROW_BYTES = 500

type Moved = {
  freezeMs: number
  copySeconds: number
  rowsCompared: number
  rowsVerified: number
  verifySeconds: number
}

/**
 * One tenant moves between two clusters while it is written 500 times a second, out and back: how long its writes are refused, with
 * 100 MB and with 1 GB of rows. A write that was acknowledged and is missing (or there twice) fails the bench.
 */
export const moveRowsBench: Bench = {
  bars: [
    { of: 'freeze_p50_ms', max: 1000 },
    { of: 'freeze_1gb_over_100mb', max: 1.5 },
  ],
  run: async (say) => {
    const clusters = await Promise.all([startTestServer(SETTINGS), startTestServer(SETTINGS)])
    try {
      const moved: Record<Size, Moved[]> = { '100mb': [], '1gb': [] }
      for (const size of ['100mb', '1gb'] as const)
        moved[size] = await toAndFro(clusters, SIZES[size], (line) => say(`${size}: ${line}`))
      return summarize(moved)
    } finally {
      await Promise.all(clusters.map((cluster) => cluster.stop()))
    }
  },
}

async function toAndFro(
  clusters: readonly TestServer[],
  megabytes: number,
  say: (line: string) => void,
): Promise<Moved[]> {
  const servers = clusters.map(products)
  try {
    const sites = await Promise.all(
      clusters.map((cluster, n) => site(cluster, servers[n] ?? products(cluster), [...MOVE_SCHEMA, BULK])),
    )
    const [cell, own] = sites
    if (!cell || !own) throw new Error('two sites are needed')
    const tenant = randomUUID()
    await fill(cell, tenant)
    await cell.as(
      'root',
      `insert into counters (tenant_id, id) select '${tenant}', n from generate_series(1, ${WRITES.lanes}) n on conflict do nothing`, // each lane counts by itself
      `insert into bulk select '${tenant}', n, repeat(md5(n::text), 13) from generate_series(1, ${Math.round((megabytes * 1e6) / ROW_BYTES)}) n`,
    )
    const writers = startWriters(tenant, cell, WRITES)
    const moved: Moved[] = []
    for (let round = 0, at = cell, to = own; round < ROUNDS; round++, [at, to] = [to, at]) {
      moved.push(await once(tenant, at, to, () => writers.route(to)))
      say(JSON.stringify(moved.at(-1)))
      const faults = await writers.faults(to)
      if (faults.length > 0) throw new Error(faults.join('; '))
    }
    await writers.stop()
    say(`${writers.acknowledged.size} writes acknowledged, none lost`)
    return moved
  } finally {
    await Promise.all(servers.map((server) => server.close()))
  }
}

async function once(tenant: string, from: Site, to: Site, switchRoutes: () => Promise<void>): Promise<Moved> {
  const it = move(tenant, from, to)
  const began = Date.now()
  await copied(it, 1200)
  const copySeconds = (Date.now() - began) / 1000
  await prepareReturn(it, unlinked)
  await compareChanges(it, unlinked)
  const { freezeMs, rowsCompared } = await handOver(it, { waitMs: 2000, limitMs: 10_000, switchRoutes }, unlinked)
  const then = Date.now()
  const { rowsVerified } = await verifyRows(it, unlinked)
  const verifySeconds = (Date.now() - then) / 1000
  await retireMove(it, unlinked)
  return { freezeMs, copySeconds, rowsCompared, rowsVerified, verifySeconds }
}

function summarize(moved: Record<Size, Moved[]>) {
  const p50 = (size: Size, of: keyof Moved) =>
    percentile(
      moved[size].map((one) => one[of]),
      0.5,
    )
  return {
    figures: {
      freeze_p50_ms: p50('1gb', 'freezeMs'),
      freeze_100mb_p50_ms: p50('100mb', 'freezeMs'),
      copy_1gb_p50_s: p50('1gb', 'copySeconds'),
      verify_1gb_p50_s: p50('1gb', 'verifySeconds'),
    },
    ratios: { freeze_1gb_over_100mb: p50('1gb', 'freezeMs') / p50('100mb', 'freezeMs') },
    compared_with: 'the same move of a tenth of the rows',
    runs: ROUNDS,
  }
}
