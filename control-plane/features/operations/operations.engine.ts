import { WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError, type Client } from '@temporalio/client'
import {
  OPERATION_QUEUE,
  PLAN_CHANGE,
  WORKFLOW_TYPES,
  type OperationInput,
  type PlanInput,
} from './operations.contract.ts'

/** What carries operations out. Every call may be repeated, by anyone, at any time. */
export interface OperationEngine {
  /** Starts the operation's workflow; one that was started before, even one that has ended, is left as it is. */
  start: (operation: OperationInput) => Promise<void>
  /** Starts the workflow that makes a change plan; as repeatable as `start`. */
  plan: (plan: PlanInput) => Promise<void>
  /** Asks the workflow to stop; one that is not there any more needs no asking. */
  cancel: (operationId: string) => Promise<void>
  /** `gone`: there is no such workflow, or it has ended in whatever way. */
  look: (operationId: string) => Promise<'running' | 'gone'>
}

/** A server that does not answer in this time counts as down; the relay asks again. */
const DEADLINE_MS = 5000

/** Operations as Temporal workflows: workflow id = operation id. */
export function temporalEngine(client: Pick<Client, 'workflow' | 'withDeadline'>): OperationEngine {
  const call = <T>(work: () => Promise<T>) => client.withDeadline(Date.now() + DEADLINE_MS, work)
  const start = (type: string, workflowId: string, input: OperationInput) =>
    call(async () => {
      try {
        await client.workflow.start(type, {
          taskQueue: OPERATION_QUEUE,
          workflowId,
          workflowIdConflictPolicy: 'USE_EXISTING',
          workflowIdReusePolicy: 'REJECT_DUPLICATE',
          priority: { fairnessKey: input.tenantId ?? input.unitId },
          args: [input],
        })
      } catch (error) {
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error
      }
    })
  return {
    start: (operation) => start(WORKFLOW_TYPES[operation.kind], operation.operationId, operation),
    plan: (plan) => start(PLAN_CHANGE, plan.planId, plan),
    cancel: (operationId) =>
      call(async () => {
        try {
          await client.workflow.getHandle(operationId).cancel()
        } catch (error) {
          if (!(error instanceof WorkflowNotFoundError)) throw error
        }
      }),
    look: (operationId) =>
      call(async () => {
        try {
          const { status } = await client.workflow.getHandle(operationId).describe()
          return status.name === 'RUNNING' || status.name === 'CONTINUED_AS_NEW' ? 'running' : 'gone'
        } catch (error) {
          if (error instanceof WorkflowNotFoundError) return 'gone'
          throw error
        }
      }),
  }
}
