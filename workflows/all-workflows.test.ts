import { expect, test } from 'vitest'
import { PROCESSES, processOf } from '../control-plane/domain/operation-kinds.ts'
import { PLAN_CHANGE, WORKFLOW_TYPES } from '../control-plane/features/operations/operations.contract.ts'
import * as workflows from './all-workflows.ts'
import { ADOPT_INSTANCE } from './adopt-tenant/adopt-tenant.policy.ts'
import { ATTEST_UNIT } from './attest-unit/attest-unit.policy.ts'
import { BACKUP_UNIT } from './backup-unit/backup-unit.policy.ts'
import { CHECK_UNIT } from './check-unit/check-unit.policy.ts'
import { CREATE_CELL } from './create-cell/create-cell.policy.ts'
import {
  DECOMMISSION_INSTANCE,
  DECOMMISSION_STACK,
  DECOMMISSION_TENANT,
} from './decommission-tenant/decommission-tenant.policy.ts'
import { DEPLOY_UNIT } from './deploy-unit/deploy-unit.policy.ts'
import { EXPORT_TENANT } from './export-tenant/export-tenant.policy.ts'
import {
  ABORT_IN_CELL,
  ABORT_INSTANCE,
  ABORT_STACK,
  RETIRE_IN_CELL,
  RETIRE_INSTANCE,
  RETIRE_STACK,
} from './move-tenant/end-move.policy.ts'
import { MOVE_TO_CELL, MOVE_TO_INSTANCE, MOVE_TO_STACK } from './move-tenant/move-tenant.policy.ts'
import { PROVISION_INSTANCE, PROVISION_STACK, PROVISION_TENANT } from './provision-tenant/provision-tenant.policy.ts'
import { RECONCILE_STACK, RECONCILE_UNIT } from './reconcile-unit/reconcile-unit.policy.ts'
import { RESUME_INSTANCE, RESUME_TENANT } from './resume-tenant/resume-tenant.policy.ts'
import { RETIRE_CELL } from './retire-cell/retire-cell.policy.ts'
import { ROTATE_KEY } from './rotate-key/rotate-key.policy.ts'
import type { SagaPolicy } from './saga/saga.policy.ts'
import { SUSPEND_INSTANCE, SUSPEND_TENANT } from './suspend-tenant/suspend-tenant.policy.ts'
import { UPDATE_INSTANCE, UPDATE_STACK, UPDATE_TENANT } from './update-tenant/update-tenant.policy.ts'

const POLICIES: readonly SagaPolicy[] = [
  CREATE_CELL,
  RETIRE_CELL,
  PROVISION_TENANT,
  UPDATE_TENANT,
  SUSPEND_TENANT,
  RESUME_TENANT,
  DECOMMISSION_TENANT,
  PROVISION_INSTANCE,
  PROVISION_STACK,
  ADOPT_INSTANCE,
  UPDATE_INSTANCE,
  UPDATE_STACK,
  SUSPEND_INSTANCE,
  RESUME_INSTANCE,
  DECOMMISSION_INSTANCE,
  DECOMMISSION_STACK,
  MOVE_TO_CELL,
  MOVE_TO_INSTANCE,
  MOVE_TO_STACK,
  RETIRE_IN_CELL,
  RETIRE_INSTANCE,
  RETIRE_STACK,
  ABORT_IN_CELL,
  ABORT_INSTANCE,
  ABORT_STACK,
  DEPLOY_UNIT,
  ATTEST_UNIT,
  BACKUP_UNIT,
  ROTATE_KEY,
  CHECK_UNIT,
  RECONCILE_UNIT,
  RECONCILE_STACK,
  EXPORT_TENANT,
]

test('the bundle exports exactly the workflow types of the contract', () => {
  expect(Object.keys(workflows).toSorted()).toEqual([...Object.values(WORKFLOW_TYPES), PLAN_CHANGE].toSorted())
})

test('every process runs exactly the declared steps of its kind, in their order', () => {
  const named = (of: { kind: string; unit: string }) => `${of.kind} ${of.unit}`
  expect(POLICIES.map(named).toSorted()).toEqual(PROCESSES.map(named).toSorted())
  for (const { kind, unit, steps } of POLICIES)
    expect(steps.map(({ step }) => step)).toEqual(processOf(kind, unit).steps.map(({ step }) => step))
})

test('nothing claims to be taken back once nothing turns back', () => {
  for (const { kind, unit, steps } of POLICIES) {
    const from = steps.findIndex(({ step }) => step === processOf(kind, unit).pointOfNoReturn)
    if (from !== -1) expect(steps.slice(from).filter(({ undo }) => undo)).toEqual([])
  }
})
