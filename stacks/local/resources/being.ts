import { rm } from 'node:fs/promises'
import { Problem } from '../../../control-plane/domain/problem.ts'
import type { Fleet, Group, ServerStatus } from '../daemon/fleet.ts'
import { logPath } from '../daemon/log-files.ts'
import { checkPorts } from '../ports.ts'
import type { AnyKind, ResourceContext } from './resource-kind.ts'
import { removeResource, type ResourceRecord } from './resource-record.ts'

export type ResourceState = 'creating' | 'ready' | 'failed' | 'deleting'
/** A resource as it is told. */
export type ResourceView = Pick<ResourceRecord, 'kind' | 'name' | 'inputs'> & {
  /** Whose it is, by its maker's word; null when nobody said. */
  owner: string | null
  state: ResourceState
  /** Why it failed, or why its deletion does not get on. */
  error: { code: string; detail: string } | null
  outputs: Readonly<Record<string, string | number>>
  /** What is true now; `notReady` names the servers that are not, `fault` says why nothing more can be said. */
  observed: Readonly<Record<string, unknown>>
  servers: readonly ServerStatus[]
}

/** What a resource is now. */
export type Being = {
  readonly kind: AnyKind
  readonly at: ResourceContext
  record: ResourceRecord
  state: ResourceState
  error: ResourceView['error']
  /** Its kind has made what comes before servers. */
  prepared: boolean
  group: Group | undefined
}

/** An observation that takes longer is given up, in milliseconds. */
const OBSERVED_WITHIN_MS = 2000

export const faultOf = (cause: unknown): { code: string; detail: string } => ({
  code: cause instanceof Problem ? cause.code : 'resource.failed',
  detail: cause instanceof Error ? cause.message : String(cause),
})

async function endServers(being: Being): Promise<void> {
  await being.group?.remove()
  being.group = undefined
}

/** Makes it what its record says, whatever it was before. Called off by the signal at any point, it leaves nothing running. */
export async function realize(being: Being, fleet: Pick<Fleet, 'add'>, signal: AbortSignal): Promise<void> {
  const { kind, at, record } = being
  await endServers(being)
  signal.throwIfAborted()
  await kind.prepare?.(record.inputs, at)
  signal.throwIfAborted()
  being.prepared = true
  const named = Object.entries(record.ports).map(([name, port]) => [`${record.name}.${name}`, port])
  await checkPorts(Object.fromEntries(named), 'end it, and ask for the resource again')
  signal.throwIfAborted()
  const group = fleet.add(kind.servers(record.inputs, at))
  being.group = group
  signal.addEventListener('abort', () => void group.remove(), { once: true })
  await group.start()
  signal.throwIfAborted()
}

/** Takes everything of it away: processes, folder, logs. */
export async function takeAway(being: Being): Promise<void> {
  const { kind, at, record } = being
  const servers = kind.servers(record.inputs, at)
  await endServers(being)
  await kind.clear?.(at)
  for (const { name } of servers) {
    const path = logPath(at.paths.logs, name)
    for (const file of [path, `${path}.1`]) await rm(file, { force: true })
  }
  await removeResource(at.paths.resources, record)
}

/** What its kind sees of it; nothing before there is something to see. */
async function observe({ kind, at, record, prepared, state }: Being): Promise<ResourceView['observed']> {
  if (!prepared || state === 'deleting') return {}
  try {
    return await kind.observe(record.inputs, at, AbortSignal.timeout(OBSERVED_WITHIN_MS))
  } catch (cause) {
    return { fault: faultOf(cause).detail }
  }
}

/** What is told of it. */
export async function viewOf(being: Being): Promise<ResourceView> {
  const { kind, at, record } = being
  const seen = await observe(being)
  const { state, error, group } = being // before its servers: one that is ready has none that never were
  const outputs = being.prepared && state !== 'deleting' ? kind.outputs(record.inputs, at) : {}
  const servers = (await group?.statuses()) ?? []
  const notReady = servers.filter((one) => one.state !== 'ready' && one.state !== 'done').map(({ name }) => name)
  const observed = { ...seen, notReady }
  const { kind: kindName, name, inputs, owner = null } = record
  return { kind: kindName, name, inputs, owner, state, error, outputs, observed, servers }
}
