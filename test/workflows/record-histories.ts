// Records one history per process and case into test/histories/: `node test/workflows/record-histories.ts`.
// A history is never overwritten: what was recorded must replay on every later version of the workflows. Add a case or a
// label of your own instead: `node test/workflows/record-histories.ts 2026-12`.
import { execFile } from 'node:child_process'
import { access, mkdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { Client, Connection } from '@temporalio/client'
import { ApplicationFailure } from '@temporalio/common'
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker'
import { PROCESSES, processOf } from '../../control-plane/domain/operation-kinds.ts'
import {
  PLAN_CHANGE,
  WORKFLOW_TYPES,
  type OperationInput,
  type PlanInput,
} from '../../control-plane/features/operations/operations.contract.ts'
import { workflowBundle } from '../../workflows/bundle.ts'
import { activityName, undoName } from '../../workflows/saga/saga.policy.ts'
import { startTestTemporal, temporalCli, TEST_NAMESPACE } from '../support/temporal.ts'

const FOLDER = path.join(import.meta.dirname, '..', 'histories')
const QUEUE = 'recording'
const IDENTITY = 'recorder' // the default names the machine

/** What goes wrong: nothing, the last step, an undo as well, or somebody cancels during the first step. */
const CASES = ['succeeded', 'failed', 'quarantined', 'cancelled'] as const
type Case = (typeof CASES)[number]

const broken = () =>
  ApplicationFailure.create({ type: 'test.fault', message: 'broken for the record', nonRetryable: true })
type ProcessName = (typeof PROCESSES)[number]
const stepsOf = ({ kind, unit }: ProcessName) => processOf(kind, unit).steps.map(({ step }) => step)

/** Steps without effects; what they do is decided by the case, which the operation's id names. */
function activities(client: Client): Record<string, (input: OperationInput) => Promise<object | void>> {
  const caseOf = ({ operationId }: OperationInput) => operationId.split('.')[1] as Case // made below
  const step = (name: string) => async (input: OperationInput) => {
    const steps = stepsOf({ kind: input.kind, unit: input.unitKind ?? 'cell' })
    const now = caseOf(input)
    if (now === 'cancelled' && name === steps[0]) await cancelled(client, input.operationId)
    if ((now === 'failed' || now === 'quarantined') && name === steps.at(-1)) throw broken()
    if (now === 'quarantined' && name.startsWith(undoName(''))) throw broken()
  }
  const names = new Set(PROCESSES.flatMap(stepsOf).flatMap((name) => [name, undoName(name)]))
  return {
    ...Object.fromEntries([...names].map((name) => [activityName(name), step(name)])),
    learnTenant: async () => ({ published: 'active' }),
    closeOperation: async () => {},
    quarantine: async () => {},
    makeChangePlan: async (input) => {
      if (caseOf(input) === 'failed') throw broken()
    },
    noteUnplanned: async () => {},
  }
}

/** Returns when the history says that a cancel was asked for. */
async function cancelled(client: Client, operationId: string): Promise<void> {
  const workflow = client.workflow.getHandle(operationId)
  await workflow.cancel()
  for (;;) {
    const { events } = await workflow.fetchHistory()
    if (events?.some(({ workflowExecutionCancelRequestedEventAttributes: asked }) => asked)) return
  }
}

async function record(
  client: Client,
  address: string,
  { kind, unit }: ProcessName,
  ending: Case,
  file: string,
): Promise<void> {
  const operationId = `${WORKFLOW_TYPES[kind]}.${ending}.${unit}`
  const input: OperationInput = {
    operationId,
    epoch: 7,
    kind,
    tenantId: kind.startsWith('tenant.') ? 'tenant' : null,
    unitId: 'unit',
    unitKind: unit,
  }
  await recordRun(client, address, { workflowType: WORKFLOW_TYPES[kind], workflowId: operationId, input }, file)
}

type Recorded = { workflowType: string; workflowId: string; input: OperationInput }
async function recordRun(
  client: Client,
  address: string,
  { workflowType, workflowId, input }: Recorded,
  file: string,
): Promise<void> {
  const workflow = await client.workflow.start(workflowType, { taskQueue: QUEUE, workflowId, args: [input] })
  await workflow.result().catch(() => {}) // failing is what some cases are about
  const show = [
    'workflow',
    'show',
    '--workflow-id',
    workflowId,
    '--output',
    'json',
    '--address',
    address,
    '--namespace',
    TEST_NAMESPACE,
  ]
  const { stdout } = await promisify(execFile)(await temporalCli(), show, { maxBuffer: 16 * 1024 * 1024 })
  const withoutStacks: unknown = JSON.parse(stdout, (name, value: unknown) => (name === 'stackTrace' ? '' : value)) // they name this machine's paths
  await writeFile(file, `${JSON.stringify(withoutStacks, null, 1)}\n`, { flag: 'wx' })
  process.stdout.write(`recorded ${path.relative(process.cwd(), file)}\n`)
}

Runtime.install({ logger: new DefaultLogger('ERROR') })
const label = process.argv[2] ?? '1'
const server = await startTestTemporal()
const [native, connection] = await Promise.all([
  NativeConnection.connect({ address: server.address }),
  Connection.connect({ address: server.address }),
])
const client = new Client({ connection, namespace: TEST_NAMESPACE, identity: IDENTITY })
const worker = await Worker.create({
  connection: native,
  namespace: TEST_NAMESPACE,
  taskQueue: QUEUE,
  identity: IDENTITY,
  workflowBundle: await workflowBundle({ cache: path.join(tmpdir(), 'steward-recording') }),
  activities: activities(client),
})
await mkdir(FOLDER, { recursive: true })
await worker.runUntil(async () => {
  for (const process of PROCESSES) {
    const { kind, unit } = process
    for (const name of CASES) {
      const which = unit === 'cell' ? label : `${unit}-${label}`
      const file = path.join(FOLDER, `${WORKFLOW_TYPES[kind]}.${name}.${which}.json`)
      const known = await access(file).then(
        () => true,
        () => false,
      )
      if (!known) await record(client, server.address, process, name, file)
    }
  }
  for (const name of ['succeeded', 'failed'] as const) {
    const file = path.join(FOLDER, `${PLAN_CHANGE}.${name}.${label}.json`)
    const known = await access(file).then(
      () => true,
      () => false,
    )
    const planId = `${PLAN_CHANGE}.${name}`
    const subject = { kind: 'tenant.decommission', tenantId: 'tenant', unitId: 'unit', unitKind: 'stack' } as const
    const input: PlanInput = { ...subject, operationId: planId, epoch: 0, planId }
    const run = { workflowType: PLAN_CHANGE, workflowId: planId, input }
    if (!known) await recordRun(client, server.address, run, file)
  }
})
await Promise.all([native.close(), connection.close()])
await server.stop()
