import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { bareContext } from './bare-context.ts'
import { resourcesApi, TEST_TOKENS } from './resources-api.ts'
import { createFleet } from '../../stacks/local/daemon/fleet.ts'
import { inputFields, invalidInput } from '../../stacks/local/resources/inputs.ts'
import { anyKind, type ResourceContext, type ResourceKind } from '../../stacks/local/resources/resource-kind.ts'
import type { ResourceView } from '../../stacks/local/resources/being.ts'
import { openResources } from '../../stacks/local/resources/resources.ts'

/** What happens when a resource is made, before it is ready, and when it is ended, before it is gone. */
export type Makers = { prepare?: (name: string) => Promise<void>; clear?: (name: string) => Promise<void> }
export type ResourcesServer = Awaited<ReturnType<typeof startResourcesServer>>

type Inputs = Record<string, unknown>
type Light = {
  kind: string
  defaults: Inputs
  fixed: readonly string[]
  outputs: (at: ResourceContext) => Record<string, string | number>
}

const LIGHT: readonly Light[] = [
  {
    kind: 'kubernetes-cluster',
    defaults: { version: '1.35.4', nodes: 1 },
    fixed: ['nodes'],
    outputs: (at) => ({ server: `https://127.0.0.1:${at.port('one')}`, kubeconfig: join(at.folder, 'kubeconfig') }),
  },
  {
    kind: 'postgres-cluster',
    defaults: { standbys: 1, maxConnections: 100 },
    fixed: [],
    outputs: (at) => ({
      host: '127.0.0.1',
      'postgres-1': at.port('one'),
      'postgres-2': at.port('two'),
      adminUrlFile: join(at.folder, 'admin.url'),
    }),
  },
  {
    kind: 'key',
    defaults: { generation: 1 },
    fixed: [],
    outputs: (at) => ({ dataKeyPath: `/resources/key/${at.name}/data-key` }),
  },
  {
    kind: 'backup-store',
    defaults: { residency: 'local-1' },
    fixed: ['residency'],
    outputs: (at) => ({ objectsPath: `/resources/backup-store/${at.name}/objects` }),
  },
]

const lightKind = ({ kind, defaults, fixed, outputs }: Light, makers: Makers): ResourceKind<Inputs> => ({
  kind,
  parse(raw) {
    const inputs = { ...defaults, ...inputFields(raw, Object.keys(defaults)) }
    for (const [name, value] of Object.entries(inputs)) {
      if (typeof value !== typeof defaults[name]) throw invalidInput(name, `must be a ${typeof defaults[name]}`)
    }
    return inputs
  },
  ports: ['one', 'two'],
  prepare: async (_inputs, at) => makers.prepare?.(at.name),
  clear: async (at) => makers.clear?.(at.name),
  servers: () => [],
  outputs: (_inputs, at) => outputs(at),
  observe: async () => ({ seen: true }),
  change(before, after) {
    const changed = Object.keys(defaults).filter((name) => before[name] !== after[name])
    const fields = changed.filter((name) => fixed.includes(name))
    return fields.length > 0 ? { how: 'replace', fields } : { how: changed.length > 0 ? 'in-place' : 'none' }
  },
})

/**
 * The resources API of a daemon with the registry and the records of an estate, and kinds that run nothing: what is made is a record
 * and its ports. For what is about asking; what is about clusters and databases is asked of a real estate.
 */
export async function startResourcesServer(folder: string, makers: Makers = {}) {
  const context = await bareContext(folder)
  const { paths, record, log } = context
  const fleet = createFleet([], { paths, estateId: record.id, log, onState: () => undefined })
  const kinds = LIGHT.map((light) => anyKind(lightKind(light, makers)))
  const resources = await openResources({ context, fleet, kinds })
  const serve = () => resourcesApi({ context, fleet, resources })
  let api = serve()
  await api.listen({ host: '127.0.0.1', port: record.portBase })
  const tokenFile = join(folder, 'resources.token')
  await writeFile(tokenFile, `${TEST_TOKENS.resources}\n`, { mode: 0o600 })
  return {
    access: { url: `http://127.0.0.1:${record.portBase}`, tokenFile },
    resources,
    /** `kind/name` of everything that is not on its way out. */
    names: async (): Promise<string[]> =>
      (await resources.all()).map(({ kind, name }: ResourceView) => `${kind}/${name}`).toSorted(),
    /** Not reachable until `back` is called. */
    async away() {
      await api.close()
      return {
        async back() {
          api = serve()
          await api.listen({ host: '127.0.0.1', port: record.portBase })
        },
      }
    },
    async close() {
      await api.close()
      await resources.stop()
      await fleet.stop()
    },
  }
}
