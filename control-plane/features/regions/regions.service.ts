import type { AuditAppend } from '../../platform/audit.ts'
import type { Database } from '../../platform/database.ts'
import { cursorPage, type Cursors } from '../../platform/pagination.ts'
import type { Page } from '../../platform/schemas.ts'
import { problems } from './regions.errors.ts'
import type { Region, RegionFile } from './regions.schema.ts'
import { regionsStore } from './regions.store.ts'

export type RegionsService = {
  /** Throws `region.not-found`. */
  get: (name: string) => Promise<Region>
  /** By name. Throws `cursor.invalid`. */
  list: (wanted: { limit?: number; cursor?: string }) => Promise<Page<Region>>
  /** Registers the region or brings its settings up to date, audited; a repeat changes nothing. */
  seed: (region: RegionFile) => Promise<'registered' | 'updated' | 'unchanged'>
}
type Deps = { database: Pick<Database, 'transaction'>; cursors: Cursors; audit: AuditAppend }

export const regionsService = ({ database, cursors, audit }: Deps): RegionsService => ({
  async get(name) {
    const region = await database.transaction((tx) => regionsStore.get(tx, name))
    if (region === undefined)
      throw problems['region.not-found']({ detail: `There is no region ${name}: GET /v1/regions lists them` })
    return shown(region)
  },
  async list({ limit = 50, cursor }) {
    const scope = { list: 'regions' }
    const after = cursors.decode(scope, cursor)?.[0]
    const rows = await database.transaction((tx) => regionsStore.list(tx, after?.toString(), limit + 1))
    return cursorPage({ cursors, scope, limit, rows, position: ({ name }) => [name], item: shown })
  },
  seed: (region) =>
    database.transaction(async (tx) => {
      const outcome = (await regionsStore.insert(tx, region))
        ? 'registered'
        : (await regionsStore.update(tx, region))
          ? 'updated'
          : 'unchanged'
      if (outcome !== 'unchanged') {
        const { name, ...detail } = region
        const action = outcome === 'registered' ? 'region.register' : 'region.update'
        await audit(tx, {
          stream: 'installation',
          actor: null,
          action,
          subject: `region:${name}`,
          outcome: 'succeeded',
          detail,
        })
      }
      return outcome
    }),
})

type Row = NonNullable<Awaited<ReturnType<typeof regionsStore.get>>>
const shown = ({
  settings: { gatewayUrl, edgeUrl, prometheusUrl, facets, instances, stacks = 0 },
  ...row
}: Row): Region => ({
  ...row,
  gatewayUrl,
  edgeUrl,
  prometheusUrl,
  facets,
  instances,
  stacks,
})
