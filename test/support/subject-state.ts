import { type GivenNames, unitNames } from '../../control-plane/domain/naming.ts'
import { isOwn, type UnitKind } from '../../control-plane/domain/unit-kinds.ts'
import type { Subject } from './rig-requests.ts'
import type { WorkflowRig } from './workflow-rig.ts'

/** What there is of one subject, records and infrastructure, without ids and names: two ways to one end look the same. */
export async function subjectState({ rows, region }: WorkflowRig, { tenantId, slug }: Subject): Promise<object> {
  const [tenant] = await rows('select id, state, published, limits, unit_id from tenants where slug = $1', [slug])
  const [unit] = await rows(
    'select id, kind, name, state, version, confirmed_version, schema, schema_floor, case when adopted then adopts end as given from units where name = $1 or id = $2 order by id = $2 desc limit 1',
    [slug, tenant?.['unit_id'] ?? null],
  )
  const unitName = String(unit?.['name'])
  const unitKind = unit === undefined ? 'cell' : (String(unit['kind']) as UnitKind) // as the column's check says
  const names = unitNames(unitKind, unitName, (unit?.['given'] ?? null) as GivenNames | null) // as its check says
  const { inventories, secrets, tenantsFiles, databases, logins, edge, meddled, stacks } = region.world
  const drifted = [String(unit?.['id']), names.database, `stack ${unitName}`].flatMap((key) => meddled.get(key) ?? [])
  const id = tenant ? String(tenant['id']) : tenantId
  const entry = tenantsFiles.get(`${names.namespace}/${names.tenantsConfigMap}`)?.tenants.find((one) => one.id === id)
  const inventoryOf = (whose: string) =>
    [...inventories.keys()].filter((key) => key.startsWith(`${unitName}.${whose}.`)).map((key) => key.split('.')[2])
  const objects = [...inventories.values()].flatMap((one) => one.objects)
  const here = (kind: string) =>
    objects.find((object) => object.kind === kind && object.metadata.namespace === names.namespace)
  const open = [...edge.values()].find((route) => route.tenant === id && !route.closed)
  return {
    tenant: tenant && { state: tenant['state'], published: tenant['published'], limits: tenant['limits'] },
    unit: unit?.['state'],
    versions: tenant ? null : [unit?.['version'], unit?.['confirmed_version']],
    serves: inventories.get(`${unitName}.none.workload`)?.objects.map((object) => object['stable']),
    shared: inventoryOf('none').toSorted(),
    own: inventoryOf(id).toSorted(),
    file: tenantsFiles.has(`${names.namespace}/${names.tenantsConfigMap}`),
    entry: entry && { state: entry.state, limits: entry.limits },
    database: databases.has(names.database),
    rows: databases.get(names.database)?.has(id) ?? false,
    secret: secrets.has(`${names.namespace}/${names.databaseSecret}`),
    placesWithRows: [...databases.values()].filter((tenants) => tenants.has(id)).length,
    filesWithEntry: [...tenantsFiles.values()].filter(({ tenants }) => tenants.some((one) => one.id === id)).length,
    routes: [...inventories.keys()].filter((key) => key.endsWith(`.${id}.route`)).length,
    units: [...inventories.keys()].filter((key) => key.startsWith(`${slug}.`)).length,
    edge: open !== undefined,
    limitedTo: open?.limits,
    drifted: drifted.map(({ object }) => object.split(' ')[0]),
    ...(unitKind === 'stack' && { stack: stacks.get(unitName) ?? false }),
    ...(isOwn(unitKind) && {
      refusing: open?.refusing ?? false,
      replicas: here('Deployment')?.['spec'],
      quota: here('ResourceQuota')?.['spec'],
      login: logins.get(names.appRole),
    }),
  }
}
