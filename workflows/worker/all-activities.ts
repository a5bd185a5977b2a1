import { adoptTenantActivities } from '../adopt-tenant/adopt-tenant.activities.ts'
import type { ADOPT_INSTANCE } from '../adopt-tenant/adopt-tenant.policy.ts'
import { attestUnitActivities } from '../attest-unit/attest-unit.activities.ts'
import type { ATTEST_UNIT } from '../attest-unit/attest-unit.policy.ts'
import { backupUnitActivities } from '../backup-unit/backup-unit.activities.ts'
import type { BACKUP_UNIT } from '../backup-unit/backup-unit.policy.ts'
import { checkUnitActivities } from '../check-unit/check-unit.activities.ts'
import type { CHECK_UNIT } from '../check-unit/check-unit.policy.ts'
import type { CREATE_CELL } from '../create-cell/create-cell.policy.ts'
import { createCellActivities } from '../create-cell/create-cell.activities.ts'
import { decommissionTenantActivities } from '../decommission-tenant/decommission-tenant.activities.ts'
import type {
  DECOMMISSION_INSTANCE,
  DECOMMISSION_STACK,
  DECOMMISSION_TENANT,
} from '../decommission-tenant/decommission-tenant.policy.ts'
import { deployUnitActivities } from '../deploy-unit/deploy-unit.activities.ts'
import type { DEPLOY_UNIT } from '../deploy-unit/deploy-unit.policy.ts'
import { exportTenantActivities } from '../export-tenant/export-tenant.activities.ts'
import type { EXPORT_TENANT } from '../export-tenant/export-tenant.policy.ts'
import type { PROVISION_STACK } from '../provision-tenant/provision-tenant.policy.ts'
import type { RESUME_INSTANCE } from '../resume-tenant/resume-tenant.policy.ts'
import { heldToPlan } from '../plan-change/hold-to-plan.ts'
import { planChangeActivities } from '../plan-change/plan-change.activities.ts'
import type { PlanActivities } from '../plan-change/plan-change.contract.ts'
import { reconcileUnitActivities } from '../reconcile-unit/reconcile-unit.activities.ts'
import type { RECONCILE_STACK } from '../reconcile-unit/reconcile-unit.policy.ts'
import { rotateKeyActivities } from '../rotate-key/rotate-key.activities.ts'
import type { ROTATE_KEY } from '../rotate-key/rotate-key.policy.ts'
import { retireCellActivities } from '../retire-cell/retire-cell.activities.ts'
import type { RETIRE_CELL } from '../retire-cell/retire-cell.policy.ts'
import { endMoveActivities } from '../move-tenant/end-move.activities.ts'
import type { ABORT_INSTANCE, RETIRE_INSTANCE } from '../move-tenant/end-move.policy.ts'
import { moveTenantActivities } from '../move-tenant/move-tenant.activities.ts'
import type { MOVE_TO_STACK } from '../move-tenant/move-tenant.policy.ts'
import type { Frame } from '../saga/saga.contract.ts'
import type { ActivitiesOf } from '../saga/saga.policy.ts'
import { frameActivities, type FrameDeps } from '../steps/frame.activities.ts'
import { publicationActivities } from '../steps/publication.activities.ts'
import { stackActivities } from '../steps/stack.activities.ts'
import { trafficActivities } from '../steps/traffic.activities.ts'
import { unitRemovalActivities } from '../steps/unit-removal.activities.ts'
import { unitActivities } from '../steps/unit.activities.ts'
import { updateTenantActivities } from '../update-tenant/update-tenant.activities.ts'
import type { SUSPEND_INSTANCE } from '../suspend-tenant/suspend-tenant.policy.ts'
import type { UPDATE_STACK } from '../update-tenant/update-tenant.policy.ts'

/** Everything that any process asks for: a step without its activity does not compile. */
export type AllActivities = Frame &
  ActivitiesOf<typeof ATTEST_UNIT> &
  ActivitiesOf<typeof CHECK_UNIT> &
  ActivitiesOf<typeof CREATE_CELL> &
  ActivitiesOf<typeof RETIRE_CELL> &
  ActivitiesOf<typeof PROVISION_STACK> &
  ActivitiesOf<typeof ADOPT_INSTANCE> &
  ActivitiesOf<typeof UPDATE_STACK> &
  ActivitiesOf<typeof SUSPEND_INSTANCE> &
  ActivitiesOf<typeof RESUME_INSTANCE> &
  ActivitiesOf<typeof DECOMMISSION_TENANT> &
  ActivitiesOf<typeof DECOMMISSION_INSTANCE> &
  ActivitiesOf<typeof EXPORT_TENANT> &
  ActivitiesOf<typeof DECOMMISSION_STACK> &
  ActivitiesOf<typeof MOVE_TO_STACK> &
  ActivitiesOf<typeof RETIRE_INSTANCE> &
  ActivitiesOf<typeof ABORT_INSTANCE> &
  ActivitiesOf<typeof DEPLOY_UNIT> &
  ActivitiesOf<typeof RECONCILE_STACK> &
  ActivitiesOf<typeof BACKUP_UNIT> &
  ActivitiesOf<typeof ROTATE_KEY> &
  PlanActivities

/** The activities of all processes over their dependencies. */
export const allActivities = (deps: FrameDeps): AllActivities => ({
  ...frameActivities(deps),
  ...planChangeActivities(deps),
  ...heldToPlan(deps, stepsOf),
})

const stepsOf = (deps: FrameDeps) => ({
  ...unitActivities(deps),
  ...unitRemovalActivities(deps),
  ...stackActivities(deps),
  ...attestUnitActivities(deps),
  ...checkUnitActivities(deps),
  ...createCellActivities(deps),
  ...retireCellActivities(deps),
  ...adoptTenantActivities(deps),
  ...updateTenantActivities(deps),
  ...publicationActivities(deps),
  ...trafficActivities(deps),
  ...decommissionTenantActivities(deps),
  ...exportTenantActivities(deps),
  ...moveTenantActivities(deps),
  ...endMoveActivities(deps),
  ...deployUnitActivities(deps),
  ...reconcileUnitActivities(deps),
  ...backupUnitActivities(deps),
  ...rotateKeyActivities(deps),
})
