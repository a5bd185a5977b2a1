import type { Database } from '../../platform/database.ts'
import { cursorPage, type Cursors } from '../../platform/pagination.ts'
import type { Page } from '../../platform/schemas.ts'
import { problems } from './plans.errors.ts'
import type { Plan } from './plans.schema.ts'
import { plansStore } from './plans.store.ts'

export type PlansService = {
  /** Throws `plan.not-found`. */
  get: (name: string) => Promise<Plan>
  /** By name. Throws `cursor.invalid`. */
  list: (wanted: { limit?: number; cursor?: string }) => Promise<Page<Plan>>
}
type Deps = { database: Pick<Database, 'transaction'>; cursors: Cursors }

export const plansService = ({ database, cursors }: Deps): PlansService => ({
  async get(name) {
    const plan = await database.transaction((tx) => plansStore.get(tx, name))
    if (plan === undefined)
      throw problems['plan.not-found']({ detail: `There is no plan ${name}: GET /v1/plans lists them` })
    return plan
  },
  async list({ limit = 50, cursor }) {
    const scope = { list: 'plans' }
    const after = cursors.decode(scope, cursor)?.[0]
    const rows = await database.transaction((tx) => plansStore.list(tx, after?.toString(), limit + 1))
    return cursorPage({ cursors, scope, limit, rows, position: ({ name }) => [name], item: (plan) => plan })
  },
})
