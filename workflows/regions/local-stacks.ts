import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Config } from '../../control-plane/platform/config.ts'
import { Problem } from '../../control-plane/domain/problem.ts'
import type { ResourceChange, StackChange } from '../../control-plane/domain/change-plan.ts'
import { untallied, type Leftover, type Tally } from '../../control-plane/domain/leftover.ts'
import type { StackAccess, StackTarget } from '../../control-plane/domain/region-settings.ts'
import { createTargetClient, type TargetResource } from '../../stacks/dedicated/provider/target-client.ts'
import {
  KIND_OF_PART,
  resourceName,
  STACK_PARTS,
  type StackPart,
} from '../../stacks/dedicated/programs/local/resource-name.ts'
import { planOf } from '../../stacks/dedicated/runner/plan.ts'
import { canonical } from '../../stacks/dedicated/runner/state-files.ts'
import { listResources } from '../../stacks/dedicated/sweep-resources.ts'
import { runStack } from '../../stacks/dedicated/runner/run-stack.ts'
import {
  PROJECT,
  type StackEvent,
  type StackOperation,
  type Plan,
  type PlanStep,
  type StackRequest,
  type StackResult,
} from '../../stacks/dedicated/runner/stack-run.ts'
import type { StackSize } from '../../stacks/dedicated/programs/stack-program.ts'
import type { Link } from '../../stacks/kubernetes/link.ts'
import { edgeRoutes } from '../../stacks/traffic/edge-routes.ts'
import { stackDifferences } from './stack-drift.ts'
import { stackProblems } from './stacks.errors.ts'
import type { Approved, StackOrder, StackPreview, Stacks, StackSubject } from './stacks.ts'

/** What the engine needs of this machine: its program, a folder for states, and the file with the words that seal secrets in them. */
export type StackTools = { pulumi: string; stateFolder: string; passphraseFile: string }

/** From the configuration of a worker; undefined where something of it is missing. */
export function stackTools(config: Config): StackTools | undefined {
  const { STEWARD_PULUMI: pulumi, STEWARD_STACK_STATE: stateFolder, STEWARD_STACK_PASSPHRASE_PATH: words } = config
  if (pulumi === undefined || stateFolder === undefined || words === undefined) return undefined
  return { pulumi, stateFolder, passphraseFile: words }
}

/** With an epoch it acts, without it only looks. */
type Running = StackSubject & { epoch: number | null }

/** Shorter than an attempt of the step, so that the engine is ended by its own deadline and says so. */
const DEADLINE_MS = 14 * 60_000
/** A look changes nothing, so that it may be given up sooner. */
const LOOK_WITHIN_MS = 90_000
/** Everything of the stack is asked to go, also what is protected: that was decided before the step. */
const PROTECTED = ['key', 'db'] as const

/** Stacks of the local target. Without tools each call is refused with `stack.not-configured`. */
export function localStacks(tools: StackTools | undefined): Stacks {
  return {
    async preview(subject, change, link) {
      const plan = await previewed(tools, subject, change, link)
      const { steps, hash, serial } = plan
      return { resources: steps.map(changeOf), engineHash: hash, serial, parts: await partsOf(subject, link) }
    },
    parts: partsOf,
    async build(order, approved, link) {
      const target = targetOf(order)
      await run(tools, order, 'up', link, heldTo(approved))
      return accessOf(target, order.stack, link)
    },
    async compare(order, link) {
      const { drift } = await runStack({
        ...requestOf(toolsOf(tools), order),
        operation: 'drift',
        signal: link.signal,
        onEvent: telling(link),
        deadlineMs: LOOK_WITHIN_MS,
      })
      return stackDifferences(drift ?? [], order.tenantId)
    },
    async repair(order, link) {
      await run(tools, order, 'reconcile', link)
      return accessOf(targetOf(order), order.stack, link)
    },
    async destroy(order, approved, link) {
      const release = PROTECTED.map((part) => resourceName(order.stack, part))
      await run(tools, order, 'destroy', link, approved ? heldTo(approved) : { release }).catch((error: unknown) => {
        if (!hasCode(error, 'state.unknown')) throw error // nothing was ever built
      })
    },
    leftovers: async (order, link, tally) => [
      ...(await resourcesLeft(order, link, tally)),
      ...(await routesLeft(order, tally)),
    ],
  }
}

function targetOf({ region }: StackSubject): StackTarget {
  const { stackTarget } = region.settings
  if (stackTarget) return stackTarget
  throw stackProblems['stack.target-missing']({ detail: `${region.name} names nothing that stacks could be built of` })
}

const hasCode = (error: unknown, code: string): boolean => error instanceof Problem && error.code === code

/** Of a stack that was never made nothing can be destroyed: that is a plan, too. */
async function previewed(
  tools: StackTools | undefined,
  subject: StackSubject,
  change: StackChange,
  link: Link,
): Promise<Plan> {
  const operation = change === 'build' ? 'preview' : 'preview-destroy'
  const looked = await run(tools, { ...subject, epoch: null }, operation, link).catch((error: unknown) => {
    if (!hasCode(error, 'state.unknown')) throw error
  })
  return looked?.plan ?? planOf(subject.stack, [], 'none')
}

const changeOf = ({ resource, type, operation, ...change }: PlanStep): ResourceChange => ({
  changed: change.changed,
  replacedFor: change.replacedFor,
  wanted: change.wanted,
  protected: change.protected,
  resource,
  kind: type,
  action: operation,
})

/** Only what was asked for and by whom: who is primary and what runs is state, and no other plan. */
async function partsOf(subject: StackSubject, { signal }: Link): Promise<StackPreview['parts']> {
  const { url, tokenFile } = targetOf(subject)
  const client = createTargetClient({ url, tokenFile })
  const parts = STACK_PARTS.map(async (part) => {
    const kind = KIND_OF_PART[part]
    const name = resourceName(subject.stack, part)
    const found = await client.get({ kind, name }, signal)
    const version =
      found &&
      createHash('sha256')
        .update(canonical([found.owner, found.inputs]))
        .digest('hex')
        .slice(0, 16)
    return { part: `${kind} ${name}`, version: version ?? null }
  })
  return Promise.all(parts)
}

/** The engine previews again under its lock, and refuses what is not what was agreed to. */
const heldTo = (approved: Approved | null): Pick<StackRequest, 'planHash' | 'release'> =>
  approved === null ? {} : { planHash: approved.engineHash, release: approved.release }

/** One run of the engine; a run that was cut off before is made good first. */
async function run(
  tools: StackTools | undefined,
  order: Running,
  operation: StackOperation,
  link: Link,
  held: Pick<StackRequest, 'planHash' | 'release'> = {},
): Promise<StackResult> {
  const request = { ...requestOf(toolsOf(tools), order), operation, ...held }
  const told = { signal: link.signal, onEvent: telling(link), deadlineMs: DEADLINE_MS }
  try {
    return await runStack({ ...request, ...told })
  } catch (error) {
    if (!hasCode(error, 'stack.interrupted')) throw error
    await runStack({ ...request, ...told, operation: 'repair' })
    return runStack({ ...request, ...told })
  }
}

function toolsOf(tools: StackTools | undefined): StackTools {
  if (tools !== undefined) return tools
  throw stackProblems['stack.not-configured']({
    detail: 'set STEWARD_PULUMI, STEWARD_STACK_STATE and STEWARD_STACK_PASSPHRASE_PATH of the worker',
  })
}

function requestOf(tools: StackTools, order: Running): Omit<StackRequest, 'operation'> {
  const { versions, url, tokenFile } = targetOf(order)
  const { stack, plan, region, epoch } = order
  const kubernetes = versions.kubernetes.split('.').slice(0, 2).join('.')
  return {
    stack,
    epoch,
    program: {
      target: 'local',
      inputs: {
        tenant: stack,
        unit: stack,
        plan,
        size: sizeOf(order),
        region: region.name,
        residency: [region.name],
        versions: { kubernetes, postgres: versions.postgres },
      },
      settings: { region: region.name, ...versions },
    },
    access: { url, tokenFile },
    ...tools,
  }
}

/** The smallest database pair that takes the connections of the plan, and some for the plane beside them. */
const sizeOf = ({ connections }: StackSubject): StackSize =>
  connections <= 30 ? 'small' : connections <= 80 ? 'medium' : 'large'

const telling =
  (link: Link) =>
  (event: StackEvent): void => {
    const message =
      event.type === 'progress' ? event.message : `${event.phase}: ${event.operation} ${event.kind} ${event.resource}`
    link.onEvent?.({ message })
  }

/** Where the parts are, as the estate says it: the program's own outputs name what people need, and less than the plane does. */
export async function accessOf({ url, tokenFile }: StackTarget, stack: string, { signal }: Link): Promise<StackAccess> {
  const client = createTargetClient({ url, tokenFile })
  const outputsOf = async (part: StackPart): Promise<TargetResource['outputs']> => {
    const kind = KIND_OF_PART[part]
    const name = resourceName(stack, part)
    const found = await client.get({ kind, name }, signal)
    if (found?.state === 'ready') return found.outputs
    throw stackProblems['stack.incomplete']({ detail: `${kind} ${name} is ${found?.state ?? 'not there'}` })
  }
  const cluster = await outputsOf('cluster')
  const database = await outputsOf('db')
  const text = (outputs: TargetResource['outputs'], name: string) => String(outputs[name])
  return {
    kubeconfig: text(cluster, 'kubeconfig'),
    sweepKubeconfig: text(cluster, 'sweepKubeconfig'),
    accessKubeconfig: text(cluster, 'accessKubeconfig'),
    gatewayUrl: text(cluster, 'gatewayUrl'),
    podNetwork:
      cluster['podsAdvertised'] === undefined
        ? null
        : { advertised: text(cluster, 'podsAdvertised'), reachable: text(cluster, 'podsReachable') },
    productDatabaseUrlFile: text(database, 'adminUrlFile'),
    sweepDatabaseUrlFile: text(database, 'sweepUrlFile'),
  }
}

/** Asked with the other token, and without a line of what destroys. */
async function resourcesLeft(order: StackOrder, { signal }: Link, tally: Tally = untallied): Promise<Leftover[]> {
  const { url, sweepTokenFile } = targetOf(order)
  const token = (await readFile(sweepTokenFile, 'utf8')).trim()
  const resources = await listResources({ url, token }, signal)
  tally('resources of the target, by owner and name', resources.length)
  const parts = new Set(STACK_PARTS.map((part) => resourceName(order.stack, part)))
  return resources
    .filter(({ name, owner }) => parts.has(name) || owner === `${PROJECT}/${order.stack}`)
    .map(({ kind, name }) => ({ kind, name, where: order.region.name }))
}

async function routesLeft(
  { region, stack, host, tenantId }: StackOrder,
  tally: Tally = untallied,
): Promise<Leftover[]> {
  const { edgeAdminUrl, edgeTokenFile } = region.settings
  const token = (await readFile(edgeTokenFile, 'utf8')).trim()
  const routes = await edgeRoutes({ url: edgeAdminUrl, token }).list()
  tally('routes at the edge, by stack', routes.length)
  return routes
    .filter((route) => route.tenant === tenantId || route.host === host || route.unit === stack)
    .map((route) => ({ kind: 'EdgeRoute', name: route.host, where: 'edge' }))
}
