import { readFile } from 'node:fs/promises'
import { Client, Connection } from '@temporalio/client'
import { askDaemon } from '../../../stacks/local/commands/daemon-client.ts'
import type { TestEstate } from '../../support/estate.ts'
import { withClient } from '../../support/postgres.ts'
import { TEST_NAMESPACE } from '../../support/temporal.ts'

type Open = {
  id: string
  kind: string
  state: string
  delivered: boolean
  step: string | null
  attempt: number | null
  stepState: string | null
  error: string | null
  leased: boolean | null
}

/** What is known of everything that has not ended: for each operation its step and what Temporal says of it, and how the servers are. */
export async function reportStall(its: TestEstate): Promise<string[]> {
  const url = (await readFile(its.estate.credentials.url('plane-owner'), 'utf8')).trim()
  const open = await withClient(url, async (client) => (await client.query<Open>(OPEN)).rows)
  const connection = await Connection.connect({ address: its.estate.temporalAddress })
  try {
    const temporal = new Client({ connection, namespace: TEST_NAMESPACE })
    const lines = open.map(async ({ id, ...rest }) => {
      const known = `${id} ${JSON.stringify(rest)}`
      return rest.state === 'running' ? `${known} ${await described(temporal, id)}` : known
    })
    return [...(await Promise.all(lines)), ...(await serversOf(its))]
  } finally {
    await connection.close()
  }
}

/** The last attempt of each open operation, or of its last step when none is at work. */
const OPEN = `
  select o.id, o.kind, o.state, o.delivered_at is not null as delivered, s.step, s.attempt, s.state as "stepState",
         s.error_code as error, s.lease_until > now() as leased
    from operations o left join lateral (
      select * from operation_steps where operation_id = o.id order by started_at desc limit 1
    ) s on true
   where o.finished_at is null order by o.sequence`

async function described(temporal: Client, id: string): Promise<string> {
  try {
    const { status, historyLength, raw } = await temporal.workflow.getHandle(id).describe()
    const pending = (raw.pendingActivities ?? []).map(({ activityType, attempt, lastFailure, lastWorkerIdentity }) =>
      JSON.stringify({ at: activityType?.name, attempt, failure: lastFailure?.message, by: lastWorkerIdentity }),
    )
    return `Temporal: ${status.name}, ${historyLength} events, pending ${pending.join(' ') || 'nothing'}`
  } catch (error) {
    return `Temporal: ${error instanceof Error ? error.message : String(error)}`
  }
}

async function serversOf({ estate }: TestEstate): Promise<string[]> {
  const { servers } = (await (await askDaemon(estate.home, '/servers')).json()) as {
    servers: { name: string; kind: string; state: string; restarts: number; error: string | null }[]
  } // the daemon's own answer
  return servers
    .filter(({ kind }) => kind !== 'task')
    .map(({ name, state, restarts, error }) => `${name} is ${state}, started ${restarts} times again, said ${error}`)
}
