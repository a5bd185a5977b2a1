import type { Actor } from '../../platform/auth.ts'
import type { Answer, Idempotency } from '../../platform/idempotency.ts'
import { cursorPage } from '../../platform/pagination.ts'
import type { Page } from '../../platform/schemas.ts'
import { adopt } from './tenants.adopt.ts'
import { create, preview } from './tenants.create.ts'
import { findTenant, once, type TenantsDeps } from './tenants.deps.ts'
import type {
  AdoptTenant,
  CreateTenant,
  ListTenants,
  MoveTenant,
  Tenant,
  TenantAccepted,
  TenantPreview,
  UpdateTenant,
} from './tenants.schema.ts'
import type { TenantFilter } from './tenants.store.ts'
import { move } from './tenants.move.ts'
import { extendTrial } from './tenants.trial.ts'
import { transition, type Transition } from './tenants.transition.ts'
import { update } from './tenants.update.ts'
import { tenantOf } from './tenants.view.ts'

/** Who asks, under which key, of which tenant (id or slug), on which generation. */
export type Asked = { actor: Actor; idempotency: Idempotency; reference: string; ifMatch: string | undefined }
/** `planned`: what takes an operation is planned first, and waits until another operator has approved the plan. */
type Planned = { planned?: boolean | undefined }
type Told<Body> = Promise<Answer<Body> & { replayed: boolean }>

export type TenantsService = {
  preview: (input: CreateTenant) => Promise<TenantPreview>
  create: (actor: Actor, idempotency: Idempotency, input: CreateTenant) => Told<TenantAccepted>
  adopt: (actor: Actor, idempotency: Idempotency, input: AdoptTenant) => Told<TenantAccepted>
  get: (reference: string) => Promise<Tenant>
  list: (wanted: ListTenants) => Promise<Page<Tenant>>
  update: (asked: Asked & Planned, patch: UpdateTenant) => Told<Tenant | TenantAccepted>
  transition: (
    kind: Transition,
    asked: Asked & Planned & { withoutExport?: boolean | undefined },
  ) => Told<TenantAccepted>
  move: (asked: Asked, wanted: MoveTenant) => Told<TenantAccepted>
  extendTrial: (asked: Asked, days: number) => Told<Tenant>
}

export const tenantsService = (deps: TenantsDeps): TenantsService => ({
  preview: (input) => deps.database.transaction((tx) => preview(deps, tx, input)),
  create: (actor, idempotency, input) => once(deps, actor, idempotency, (tx) => create(deps, tx, actor, input)),
  adopt: (actor, idempotency, input) => once(deps, actor, idempotency, (tx) => adopt(deps, tx, actor, input)),
  get: (reference) => deps.database.statement(async (tx) => tenantOf(await findTenant(deps, tx, reference))),
  list: (wanted) => list(deps, wanted),
  update: ({ idempotency, ...asked }, patch) =>
    once(deps, asked.actor, idempotency, (tx) => update(deps, tx, { ...asked, patch })),
  transition: (kind, { idempotency, ...asked }) =>
    once(deps, asked.actor, idempotency, (tx) => transition(deps, tx, kind, asked)),
  move: ({ idempotency, ...asked }, wanted) =>
    once(deps, asked.actor, idempotency, (tx) => move(deps, tx, { ...asked, wanted })),
  extendTrial: ({ idempotency, ...asked }, days) =>
    once(deps, asked.actor, idempotency, (tx) => extendTrial(deps, tx, { ...asked, days })),
})

/** Newest first; the filters are part of what the cursor is sealed with. */
async function list(
  { database, store, cursors }: TenantsDeps,
  { limit = 50, cursor, ...filters }: ListTenants,
): Promise<Page<Tenant>> {
  const scope = { list: 'tenants', filters }
  const position = cursors.decode(scope, cursor)
  const {
    slug = null,
    externalId = null,
    contact = null,
    state = null,
    plan = null,
    region = null,
    unit = null,
  } = filters
  const before = position === undefined ? null : String(position[0])
  const filter: TenantFilter = { slug, externalId, contact, state, plan, region, unit, before, limit: limit + 1 }
  const rows = await database.statement((tx) => store.list(tx, filter))
  return cursorPage({ cursors, scope, limit, rows, position: ({ id }) => [id], item: tenantOf })
}
