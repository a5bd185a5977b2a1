import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Run } from './run.ts'
import { readState, type Deployment, type StateResource } from './deployment.ts'

/**
 * A state whose cut-off changes are settled. What was being created is remembered under the id that it has, or would have: its
 * name; the look that follows forgets it again where nothing came of it. So nothing that was begun is lost sight of. What was
 * being changed or deleted is still listed, and is looked at like everything else.
 */
export function settlePending(deployment: Deployment): Deployment {
  const { resources = [], pending_operations: pending = [], ...rest } = deployment
  const known = new Set(resources.map(({ urn }) => urn))
  const begun: StateResource[] = pending
    .filter(({ type, resource }) => type === 'creating' && !known.has(resource.urn))
    .flatMap(({ resource }) => {
      const name = resource.inputs?.['name']
      return typeof name === 'string' ? [{ ...resource, id: name, outputs: { ...resource.inputs, outputs: {} } }] : []
    })
  return { ...rest, resources: [...resources, ...begun] }
}

/** Settles the state through the engine's own import, which checks that it is whole. */
export async function takeInPending({
  store,
  engine,
  signal,
}: Pick<Run, 'store' | 'engine' | 'signal'>): Promise<void> {
  const deployment = await readState(store)
  if (!deployment?.pending_operations?.length) return
  const file = join(engine.folder, 'settled.json')
  await writeFile(file, JSON.stringify({ version: 3, deployment: settlePending(deployment) }), { mode: 0o600 })
  await engine.command(['stack', 'import', '--file', file], signal)
}
