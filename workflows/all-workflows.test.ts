import { expect, test } from 'vitest'
import { KINDS, OPERATION_KINDS } from '../control-plane/domain/operation-kinds.ts'
import { WORKFLOW_TYPES } from '../control-plane/features/operations/operations.contract.ts'
import * as workflows from './all-workflows.ts'
import { CREATE_CELL } from './create-cell/create-cell.policy.ts'
import { DECOMMISSION_TENANT } from './decommission-tenant/decommission-tenant.policy.ts'
import { PROVISION_TENANT } from './provision-tenant/provision-tenant.policy.ts'
import { RESUME_TENANT } from './resume-tenant/resume-tenant.policy.ts'
import { RETIRE_CELL } from './retire-cell/retire-cell.policy.ts'
import type { SagaPolicy } from './saga/saga.policy.ts'
import { SUSPEND_TENANT } from './suspend-tenant/suspend-tenant.policy.ts'
import { UPDATE_TENANT } from './update-tenant/update-tenant.policy.ts'

const POLICIES: readonly SagaPolicy[] = [
  CREATE_CELL,
  RETIRE_CELL,
  PROVISION_TENANT,
  UPDATE_TENANT,
  SUSPEND_TENANT,
  RESUME_TENANT,
  DECOMMISSION_TENANT,
]

test('the bundle exports exactly the workflow types of the contract', () => {
  expect(Object.keys(workflows).toSorted()).toEqual(Object.values(WORKFLOW_TYPES).toSorted())
})

test('every process runs exactly the declared steps of its kind, in their order', () => {
  expect(POLICIES.map(({ kind }) => kind).toSorted()).toEqual([...OPERATION_KINDS].toSorted())
  for (const { kind, steps } of POLICIES)
    expect(steps.map(({ step }) => step)).toEqual(KINDS[kind].steps.map(({ step }) => step))
})

test('nothing claims to be taken back once nothing turns back', () => {
  for (const { kind, steps } of POLICIES) {
    const from = steps.findIndex(({ step }) => step === KINDS[kind].pointOfNoReturn)
    if (from !== -1) expect(steps.slice(from).filter(({ undo }) => undo)).toEqual([])
  }
})
