import type { OperationKind } from '../../domain/operation-kinds.ts'
import type { UnitKind } from '../../domain/unit-kinds.ts'

/** Task queue of all operations; Temporal keeps tenants fair on it by their id. */
export const OPERATION_QUEUE = 'operations'

/** The workflow of each kind; a test compares these names with what the worker exports. */
export const WORKFLOW_TYPES = {
  'cell.create': 'createCell',
  'cell.retire': 'retireCell',
  'tenant.provision': 'provisionTenant',
  'tenant.adopt': 'adoptTenant',
  'tenant.update': 'updateTenant',
  'tenant.suspend': 'suspendTenant',
  'tenant.resume': 'resumeTenant',
  'tenant.export': 'exportTenant',
  'tenant.decommission': 'decommissionTenant',
  'tenant.move': 'moveTenant',
  'tenant.move-retire': 'retireMove',
  'tenant.move-abort': 'abortMove',
  'unit.deploy': 'deployUnit',
  'unit.attest': 'attestUnit',
  'unit.check': 'checkUnit',
  'unit.reconcile': 'reconcileUnit',
  'unit.backup': 'backupUnit',
  'unit.rotate-key': 'rotateKey',
} as const satisfies Record<OperationKind, string>

/** Makes the change plan of an operation that waits; its id is the plan's. */
export const PLAN_CHANGE = 'planChange'

/** The only input of an operation's workflow, whose id is the operation's id: names of rows, never what they hold, never secrets. */
export type OperationInput = {
  operationId: string
  /** Fencing epoch: every effect carries it. */
  epoch: number
  kind: OperationKind
  /** Null for operations on a unit alone. */
  tenantId: string | null
  unitId: string
  /** Kind of the unit; histories of before there were instances do not say it and mean a cell. */
  unitKind?: UnitKind
}

/**
 * What the workflow of a change plan is given: the operation, which has no epoch yet, and which of its plans is meant. `unasked`: nobody has to
 * agree, so that nobody looks; those who began before this was said look for an answer soon.
 */
export type PlanInput = OperationInput & { planId: string; unasked?: boolean }
