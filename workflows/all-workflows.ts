// What the worker's bundle holds: one export per workflow type of operations.contract.ts (a test compares them).
export { createCell } from './create-cell/create-cell.workflow.ts'
export { retireCell } from './retire-cell/retire-cell.workflow.ts'
export { deployUnit } from './deploy-unit/deploy-unit.workflow.ts'
export { provisionTenant } from './provision-tenant/provision-tenant.workflow.ts'
export { updateTenant } from './update-tenant/update-tenant.workflow.ts'
export { suspendTenant } from './suspend-tenant/suspend-tenant.workflow.ts'
export { resumeTenant } from './resume-tenant/resume-tenant.workflow.ts'
export { decommissionTenant } from './decommission-tenant/decommission-tenant.workflow.ts'
