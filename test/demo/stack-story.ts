import { setTimeout as pause } from 'node:timers/promises'
import { askDaemon } from '../../stacks/local/commands/daemon-client.ts'
import { untilTask } from '../support/estate-tasks.ts'
import { secondOperator } from '../support/second-operator.ts'
import { moveThereAndBack } from './move-story.ts'
import { holdAndRelease, provisionQuoted, quote, removeCertified } from './sale-story.ts'
import { expectStatus, send, type Tenant, type Told } from './told.ts'

type Resource = { kind: string; name: string; state: string; servers: { name: string; pid: number | null }[] }
/** Asks for a second operator wherever its stack is changed. */
const PLAN = 'enterprise'
/** How long killed servers take to come back, at most, on a busy machine. */
const BACK_WITHIN_MS = 300_000

/** A dedicated tenant: built, served, killed to the last process beside a neighbour who notices nothing, and removed. */
export async function tellStackStory(
  told: Told,
  { home, neighbour }: { home: string; neighbour: Tenant },
): Promise<void> {
  await told.step('Wait for the engine of dedicated stacks (the first run builds it)', () =>
    untilTask(home, 'stack-engine'),
  )
  const approver = await secondOperator(told.plane, 'administrator')
  const offer = await told.step('Quote the dedicated tenant umbrella', () => quote(told, 'umbrella', PLAN))
  const umbrella = await told.step(
    'Accept it: the plan is shown, agreed to by a second operator, and built: cluster, database pair, key and store',
    () => provisionQuoted(told, approver, offer, 'umbrella'),
  )
  await told.step('Serve umbrella from its own cluster', async () => {
    const answer = await send(told, umbrella, '/whoami')
    expectStatus('reach umbrella', answer, 200)
    for (const { kind, name, servers } of await resourcesOf(home, umbrella))
      told.say(`    ${kind.padEnd(18)} ${name.padEnd(18)} ${servers.length} servers`)
  })
  await told.step('Kill every process of its stack: acme notices nothing, umbrella comes back', () =>
    killAll(told, home, umbrella, neighbour),
  )
  await moveThereAndBack(told, approver, umbrella, PLAN)
  await told.step('A legal hold on umbrella: its removal is refused until it is released', () =>
    holdAndRelease(told, umbrella),
  )
  await told.step('Export, remove and certify umbrella: nothing of it is left', async () => {
    await removeCertified(told, approver, umbrella)
    const left = await resourcesOf(home, umbrella)
    if (left.length > 0) throw new Error(`${left.map(({ name }) => name).join(', ')} are left`)
  })
}

async function resourcesOf(home: string, { slug }: Tenant): Promise<Resource[]> {
  const { resources } = (await (await askDaemon(home, '/resources')).json()) as { resources: Resource[] } // its own contract
  return resources.filter(({ name }) => name.startsWith(`${slug}-`))
}

async function killAll(told: Told, home: string, tenant: Tenant, neighbour: Tenant): Promise<void> {
  const pids = (await resourcesOf(home, tenant)).flatMap(({ servers }) => servers.flatMap(({ pid }) => pid ?? []))
  for (const pid of pids) process.kill(pid, 'SIGKILL')
  told.say(`    ${pids.length} processes killed`)
  const deadline = performance.now() + BACK_WITHIN_MS
  const started = performance.now()
  for (;;) {
    expectStatus('reach the neighbour', await send(told, neighbour, '/whoami'), 200)
    if ((await send(told, tenant, '/whoami')).status === 200) break
    if (performance.now() > deadline) throw new Error(`${tenant.slug} did not come back`)
    await pause(200)
  }
  told.say(
    `    ${neighbour.slug} -> 200 throughout, ${tenant.slug} -> 200 after ${Math.round(performance.now() - started)} ms`,
  )
}
