import { readdir, readFile } from 'node:fs/promises'
import { freemem, totalmem } from 'node:os'
import { untilTask } from '../support/estate-tasks.ts'
import { residentBytes, testEstate, type TestEstate } from '../support/estate.ts'
import { asCustomer } from '../support/plane.ts'
import { percentile, type Bench } from './report.ts'

const STACKS = 5
const PLAN = 'team-dedicated'
const PATIENCE_S = 900
const LOOK_EVERY_MS = 200
const MB = 2 ** 20

/** On the process node: five dedicated tenants at once, each answering from its own stack; what their servers and the engine's runners take. */
export const stacksBench: Bench = {
  bars: [
    { of: 'served', min: STACKS },
    { of: 'runner_max_mb', max: 300 },
  ],
  run: async (say) => {
    const its = await testEstate({ throwAway: false })
    try {
      await untilTask(its.estate.home, 'stack-engine')
      const before = freemem()
      const stop = watchRunners()
      const started = performance.now()
      const slugs = Array.from({ length: STACKS }, (_, n) => `stack-${n + 1}`)
      await Promise.all(slugs.map((slug) => provision(its, slug)))
      const allMs = performance.now() - started
      const runner = await stop()
      const stacks = await Promise.all(slugs.map((slug) => megabytesOf(its, slug)))
      say(`${slugs.length} stacks in ${Math.round(allMs)} ms: ${stacks.map(Math.round).join(', ')} MB`)
      const served = await Promise.all(slugs.map((slug) => serves(its, slug)))
      return {
        figures: {
          served: served.filter(Boolean).length,
          all_served_s: allMs / 1000,
          stack_p50_mb: percentile(stacks, 0.5),
          stack_max_mb: Math.max(...stacks),
          runner_max_mb: runner,
          memory_taken_gib: (before - freemem()) / 2 ** 30,
          memory_gib: totalmem() / 2 ** 30,
        },
        ratios: {},
        compared_with: 'nothing',
        runs: STACKS,
      }
    } finally {
      await its.remove()
    }
  },
}

async function provision({ plane }: TestEstate, slug: string): Promise<void> {
  const { status, body } = await plane.call('POST', '/v1/tenants', { body: { slug, plan: PLAN } })
  if (status !== 202) throw new Error(`${slug}: ${status} ${JSON.stringify(body)}`)
  await plane.settle(String(body['operationId']), 'succeeded', PATIENCE_S)
}

async function serves({ estate }: TestEstate, slug: string): Promise<boolean> {
  const { status, body } = await asCustomer(estate.urls.edge, `${slug}.localhost`, '/whoami')
  return status === 200 && body.includes(`"tenant":"${slug}"`)
}

/** Resident memory of all servers of a stack, pods and sessions with them. */
async function megabytesOf({ estate }: TestEstate, slug: string): Promise<number> {
  const servers = Object.entries(await residentBytes(estate)).filter(([name]) => name.startsWith(`${slug}-`))
  return servers.reduce((sum, [, bytes]) => sum + bytes, 0) / MB
}

/** Looks at every runner until stopped; returns the most that one of them, alone, has had in memory, in megabytes. */
function watchRunners(): () => Promise<number> {
  let most = 0
  const stopping = new AbortController()
  const running = (async () => {
    while (!stopping.signal.aborted) {
      for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
        const read = (file: string) => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '')
        if (!(await read('cmdline')).includes('dedicated/runner/main.ts')) continue
        most = Math.max(most, Number(/^VmHWM:\s+(\d+)/m.exec(await read('status'))?.[1] ?? 0) / 1024)
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
    }
  })()
  return async () => {
    stopping.abort()
    await running
    return most
  }
}
