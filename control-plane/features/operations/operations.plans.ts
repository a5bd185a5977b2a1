import type { ChangePlan } from '../../domain/change-plan.ts'
import type { AuditAppend } from '../../platform/audit.ts'
import type { Actor } from '../../platform/auth.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Database, Tx } from '../../platform/database.ts'
import { idempotent, type Answer, type Idempotency } from '../../platform/idempotency.ts'
import { newId } from '../../platform/ids.ts'
import { about } from './operations.approvals.ts'
import { approvalsStore } from './operations.approvals-store.ts'
import { problems } from './operations.errors.ts'
import type { ChangePlanView } from './operations.plans-schema.ts'
import { plansStore, type PlanRow } from './operations.plans-store.ts'
import { operationsStore } from './operations.store.ts'
import { viewsStore } from './operations.views-store.ts'

type Deps = { database: Pick<Database, 'transaction'>; clock: Clock; audit: AuditAppend }

export type PlansService = {
  /** What the operation would do. Throws `operation.not-found`, `plan.none`. */
  get: (id: string) => Promise<ChangePlanView>
  /**
   * Has it planned again, from what there is now; what was planned before cannot be approved any more. Throws
   * `operation.not-found`, `plan.none` and, once somebody has decided or nobody has to, `approval.not-needed`.
   */
  again: (actor: Actor, idempotency: Idempotency, id: string) => Promise<Answer<ChangePlanView> & { replayed: boolean }>
}

/** Change plans as people and programs see them. */
export const plansService = ({ database, clock, audit }: Deps): PlansService => ({
  get: (id) =>
    database.transaction(async (tx) => {
      if ((await tx.maybe(operationsStore.find, id)) === undefined) throw missing(id)
      return shown(await currentOf(tx, id))
    }),
  again: (actor, { key, fingerprint }, id) =>
    database.transaction((tx) =>
      idempotent(tx, actor, key, fingerprint, async () => {
        const operation = await tx.maybe(viewsStore.lockForCancel, id)
        if (operation === undefined || !actor.verbs.includes('operations:read')) throw missing(id)
        await currentOf(tx, id)
        const approval = await tx.maybe(approvalsStore.find, id)
        if (operation.state !== 'waiting' || approval?.decision !== null)
          throw problems['approval.not-needed']({ detail: 'It waits for nobody: what is done is what was planned' })
        const plan = await wantPlan(tx, id, clock.now())
        await audit(tx, {
          ...about(operation),
          actor,
          action: 'operation.plan',
          requestId: actor.requestId,
          detail: { kind: operation.kind, unitId: operation.unitId, number: plan.number },
        })
        return { status: 202, headers: { location: `/v1/operations/${id}/plan` }, body: shown(plan) }
      }),
    ),
})

/** Asks for a plan of an operation, in the place of the one that it has. Under the row lock of the operation. */
export async function wantPlan(tx: Tx, operationId: string, now: Date): Promise<PlanRow> {
  const at = now.toISOString()
  await tx.run(plansStore.supersede, operationId, at)
  return tx.one(plansStore.want, newId(), operationId, at)
}

async function currentOf(tx: Tx, id: string): Promise<PlanRow> {
  const plan = await tx.maybe(plansStore.current, id)
  if (plan !== undefined) return plan
  throw problems['plan.none']({
    detail:
      'Planned, while it waits for an approval, is what changes a dedicated stack, what adopts, and what was asked for with "planned"',
  })
}

const missing = (id: string) =>
  problems['operation.not-found']({ detail: `There is no operation ${id}: GET /v1/operations lists them` })

const shown = ({
  operationId,
  number,
  state,
  hash,
  createdAt,
  madeAt,
  content,
  ...fault
}: PlanRow): ChangePlanView => ({
  operationId,
  number,
  state,
  hash,
  createdAt,
  madeAt,
  fault: fault.faultCode === null ? null : { code: fault.faultCode, message: fault.faultMessage ?? '' },
  content: content === null ? null : viewOf(content),
})

/** The same but for what is readonly; plans of before say nothing of fields, terms and quotes. */
const viewOf = (content: ChangePlan): ChangePlanView['content'] =>
  ({
    ...content,
    price: { ...content.price, quotedMinor: content.price.quotedMinor ?? null },
    terms: content.terms ?? [],
    objects: content.objects.map((one) => ({ ...one, fields: one.fields ?? [] })),
  }) as ChangePlanView['content']
