import { agree } from './sale-story.ts'
import { expectStatus, follow, openAccount, send, type Tenant, type Told } from './told.ts'

type Move = {
  id: string
  servedBy: string
  report: Record<'freezeMs' | 'rowsCompared' | 'rowsVerified', number | null>
}
/** Long enough to look at both sides, and ended by hand. */
const SOAK_MINUTES = 600

/** From its stack into a cell and back, each time for good: its address, id and data stay what they were. */
export async function moveThereAndBack(told: Told, approver: string, tenant: Tenant, home: string): Promise<void> {
  const account = await told.step(`Move ${tenant.slug} from its stack into the shared cell`, async () => {
    const opened = await openAccount(told, tenant, 'Cash')
    await move(told, approver, tenant, 'team-shared')
    expectStatus('read what was written before the move', await send(told, tenant, `/accounts/${opened}`), 200)
    return opened
  })
  await told.step(`Move ${tenant.slug} back: its stack is planned, agreed to and built again`, async () => {
    await move(told, approver, tenant, home)
    expectStatus('read what was written before both moves', await send(told, tenant, `/accounts/${account}`), 200)
  })
}

async function move(told: Told, approver: string, { slug }: Tenant, plan: string): Promise<void> {
  const asked = await told.plane.call('POST', `/v1/tenants/${slug}/move`, { body: { plan, soakMinutes: SOAK_MINUTES } })
  await agreed(told, approver, asked)
  const moved = await newest(told, slug)
  told.say(`    writes frozen for ${moved.report.freezeMs} ms, ${moved.report.rowsCompared} rows compared`)
  await agreed(told, approver, await told.plane.call('POST', `/v1/moves/${moved.id}/retire`))
  const { servedBy, report } = await newest(told, slug)
  told.say(`    served by ${servedBy}, ${report.rowsVerified} rows verified`)
}

/** Waits for the end of what was asked for, and agrees to it where somebody has to. */
async function agreed(
  told: Told,
  approver: string,
  answer: { status: number; body: Record<string, unknown> },
): Promise<void> {
  expectStatus('ask', answer, 202)
  if (answer.body['state'] === 'waiting') await agree(told, approver, answer.body)
  await follow(told, answer.body)
}

async function newest({ plane }: Told, slug: string): Promise<Move> {
  const { body } = await plane.call<{ items: Move[] }>('GET', `/v1/moves?tenant=${slug}&limit=1`)
  const [found] = body.items
  if (found === undefined) throw new Error(`${slug} has no move`)
  return found
}
