import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { untallied, type Leftover, type Tally } from '../../control-plane/domain/leftover.ts'
import type { StackAccess, StackTarget } from '../../control-plane/domain/region-settings.ts'
import {
  KIND_OF_PART,
  resourceName,
  STACK_PARTS,
  type StackPart,
} from '../../stacks/dedicated/programs/local/resource-name.ts'
import { createTargetClient, type TargetResource } from '../../stacks/dedicated/provider/target-client.ts'
import { PROJECT } from '../../stacks/dedicated/runner/stack-run.ts'
import { canonical } from '../../stacks/dedicated/runner/deployment.ts'
import { listResources, type SeenResource } from '../../stacks/dedicated/sweep-resources.ts'
import type { Link } from '../../stacks/kubernetes/link.ts'
import { targetOf } from './stack-request.ts'
import { stackProblems } from './stacks.errors.ts'
import type { StackOrder, StackPreview, StackSubject } from './stacks.ts'

/** Only what was asked for and by whom: who is primary and what runs is state, and no other plan. */
export async function partsOf(subject: StackSubject, { signal }: Link): Promise<StackPreview['parts']> {
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
  const files = {
    kubeconfig: text(cluster, 'kubeconfig'),
    sweepKubeconfig: text(cluster, 'sweepKubeconfig'),
    productDatabaseUrlFile: text(database, 'adminUrlFile'),
    sweepDatabaseUrlFile: text(database, 'sweepUrlFile'),
  }
  return {
    ...files,
    credentials: await digestOf(Object.values(files)),
    accessKubeconfig: text(cluster, 'accessKubeconfig'),
    gatewayUrl: text(cluster, 'gatewayUrl'),
    podNetwork:
      cluster['podsAdvertised'] === undefined
        ? null
        : { advertised: text(cluster, 'podsAdvertised'), reachable: text(cluster, 'podsReachable') },
  }
}

/** Keys and passwords of these files are random and long: nothing of them follows from their digest. */
async function digestOf(files: readonly string[]): Promise<string> {
  const hash = createHash('sha256')
  for (const file of files) hash.update(await readFile(file))
  return hash.digest('hex').slice(0, 16)
}

/** Resources of a stack that are there still, asked with the other token, and without a line of what destroys. */
export async function resourcesLeft(
  order: StackOrder,
  { signal }: Link,
  tally: Tally = untallied,
): Promise<Leftover[]> {
  const resources = await listResources(targetOf(order), signal)
  tally('resources of the target, by owner and name', resources.length)
  const parts = new Set(STACK_PARTS.map((part) => resourceName(order.stack, part)))
  return resources
    .filter(({ name, owner }) => parts.has(name) || owner === `${PROJECT}/${order.stack}`)
    .map((left) => ({ kind: left.kind, name: `${left.name}${contentOf(left)}`, where: order.region.name }))
}

/** Backups that are left are named with their store. */
const contentOf = ({ observed }: SeenResource): string =>
  typeof observed?.['objects'] === 'number' && observed['objects'] > 0 ? `, ${observed['objects']} objects in it` : ''
