import { createAuditAppend } from '../../control-plane/features/audit/audit.service.ts'
import type { RelayDeps } from '../../control-plane/features/operations/operations.relay.ts'
import { lockSubjects } from '../../control-plane/features/operations/operations.request.ts'
import { featureHooks } from '../../control-plane/hooks.ts'
import type { Customers } from './customers.ts'
import { fakeEngine, fakeLog } from './operations.ts'

/** What hands a plane's waiting operations over to an engine of the test. */
export const relayRig = ({ operator, clock }: Customers): RelayDeps & { engine: ReturnType<typeof fakeEngine> } => ({
  database: operator,
  hooks: featureHooks(lockSubjects, clock),
  engine: fakeEngine(),
  clock,
  audit: createAuditAppend({ clock }),
  logger: fakeLog().logger,
})
