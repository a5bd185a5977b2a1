import type { OperationKind } from '../../../control-plane/domain/operation-kinds.ts'
import type { UnitKind } from '../../../control-plane/domain/unit-kinds.ts'
import { ATTEST_UNIT } from '../../../workflows/attest-unit/attest-unit.policy.ts'
import { CREATE_CELL } from '../../../workflows/create-cell/create-cell.policy.ts'
import {
  DECOMMISSION_INSTANCE,
  DECOMMISSION_TENANT,
} from '../../../workflows/decommission-tenant/decommission-tenant.policy.ts'
import { DEPLOY_UNIT } from '../../../workflows/deploy-unit/deploy-unit.policy.ts'
import { PROVISION_INSTANCE, PROVISION_TENANT } from '../../../workflows/provision-tenant/provision-tenant.policy.ts'
import { RESUME_INSTANCE, RESUME_TENANT } from '../../../workflows/resume-tenant/resume-tenant.policy.ts'
import { type SagaPolicy, undoName } from '../../../workflows/saga/saga.policy.ts'
import { SUSPEND_INSTANCE, SUSPEND_TENANT } from '../../../workflows/suspend-tenant/suspend-tenant.policy.ts'
import { UPDATE_INSTANCE, UPDATE_TENANT } from '../../../workflows/update-tenant/update-tenant.policy.ts'
import type { Place } from '../../support/subject-life.ts'

const POLICIES: readonly SagaPolicy[] = [
  CREATE_CELL,
  DEPLOY_UNIT,
  ATTEST_UNIT,
  PROVISION_TENANT,
  PROVISION_INSTANCE,
  UPDATE_TENANT,
  UPDATE_INSTANCE,
  SUSPEND_TENANT,
  SUSPEND_INSTANCE,
  RESUME_TENANT,
  RESUME_INSTANCE,
  DECOMMISSION_TENANT,
  DECOMMISSION_INSTANCE,
]

/** Every place where the taking back of an operation of the kind can break; the policies say what is taken back. */
export function undoPlacesOf(kind: OperationKind, unit: UnitKind = 'cell'): Place[] {
  const policies = POLICIES.filter((policy) => policy.kind === kind)
  const policy = policies.find((one) => one.unit === unit) ?? policies[0]
  if (!policy) throw new Error(`${kind} has no policy here`)
  return policy.steps
    .filter(({ undo }) => undo)
    .flatMap(({ step }) => (['before', 'after'] as const).map((when) => ({ step: undoName(step), when })))
}
