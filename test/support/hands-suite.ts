import { expect, test } from 'vitest'
import { unitNames } from '../../control-plane/domain/naming.ts'
import { newId } from '../../control-plane/platform/ids.ts'
import { unlinked } from '../../stacks/kubernetes/link.ts'
import { ownerLabels } from '../../stacks/kubernetes/objects.ts'
import type { Hands } from '../../workflows/regions/hands.ts'
import { cellChart, type Held } from '../../workflows/steps/chart-use.ts'
import { containerSizes } from '../../workflows/steps/container-sizes.ts'

const fenced = expect.objectContaining({ code: 'effect.fenced' })
const someUnit = () => ({
  id: newId(),
  kind: 'cell' as const,
  name: `suite-${newId().slice(-8)}`,
  product: 'ledger',
  chart: 'ledger',
  image: 'ledger',
  version: '1.0.0',
})

const held = ({ address }: Hands['databases']): Held => ({
  container: containerSizes([]),
  databasePort: address.port,
})

/** What workflows rely on in a region's hands, whoever implements them. */
export function handsSuite(open: () => Hands): void {
  test('a cell can be made twice and removed twice, and the sweep sees the difference', async () => {
    const { cluster, databases, render, sweep } = open()
    const unit = someUnit()
    const names = unitNames('cell', unit.name)
    const traces = { unitId: unit.id, unit: unit.name, names }
    const owner = (epoch: number) => ({ unit: unit.name, unitId: unit.id, tenant: null, part: 'cell', epoch })
    const objects = await render(cellChart(unit, held(databases)))
    const labels = ownerLabels({ unitId: unit.id, tenant: null })
    const secret = {
      namespace: names.namespace,
      name: names.databaseSecret,
      labels,
      make: () => databases.makeSecret(names),
    }

    for (const _ of ['made', 'made again']) {
      await cluster.applyOwned(owner(10), objects, unlinked)
      await databases.create({ names, secret: await cluster.ensureSecret(secret, unlinked), epoch: 10 }, unlinked)
    }
    expect(await cluster.ensureSecret(secret, unlinked)).toEqual(await cluster.ensureSecret(secret, unlinked))
    const found = await sweep.unit(traces, unlinked)
    expect(found.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['database', 'Secret', 'ConfigMap']))

    await expect(cluster.applyOwned(owner(9), objects, unlinked)).rejects.toEqual(fenced)
    await expect(cluster.removeOwned(owner(9), unlinked)).rejects.toEqual(fenced)
    await expect(databases.drop({ names, epoch: 9 }, unlinked)).rejects.toEqual(fenced)

    for (const _ of ['removed', 'removed again']) {
      await databases.drop({ names, epoch: 11 }, unlinked)
      await cluster.removeOwned(owner(11), unlinked)
    }
    expect(await sweep.unit(traces, unlinked)).toEqual([])
  })

  test('a later tenants file is never replaced by an earlier one', async () => {
    const { cluster, databases, render, sweep } = open()
    const unit = someUnit()
    const names = unitNames('cell', unit.name)
    const owner = { unit: unit.name, unitId: unit.id, tenant: null, part: 'cell', epoch: 10 }
    const limits = { requestsPerSecond: 1, burst: 1, statementTimeoutMs: 100 }
    const tenant = { id: newId(), slug: unit.name, hosts: [`${unit.name}.localhost`], state: 'active' as const, limits }
    const publish = (revision: number, tenants: readonly (typeof tenant)[]) =>
      cluster.publishTenants(
        {
          namespace: names.namespace,
          configMap: names.tenantsConfigMap,
          unitId: unit.id,
          unit: unit.name,
          file: { unit: unit.name, revision, tenants },
          epoch: 10,
        },
        unlinked,
      )
    await cluster.applyOwned(owner, await render(cellChart(unit, held(databases))), unlinked)
    await publish(2, [tenant])
    await publish(1, [])
    const traces = {
      unitId: unit.id,
      unit: unit.name,
      names,
      tenantId: tenant.id,
      slug: tenant.slug,
      host: `${unit.name}.localhost`,
    }
    const entries = async () =>
      (await sweep.tenant(traces, unlinked)).filter(({ kind }) => kind === 'TenantsFileEntry').length
    expect(await entries()).toBe(1)
    await publish(3, [])
    expect(await entries()).toBe(0)
    await cluster.removeOwned({ ...owner, epoch: 11 }, unlinked)
  })

  test('a host is opened and closed by the latest epoch only', async () => {
    const { edge } = open()
    const { name: unit, id: tenant } = someUnit()
    const host = `${unit}.localhost`
    const isOpen = async () => (await edge.list()).some((route) => route.host === host)
    await edge.open({ host, unit, tenant, epoch: 10 })
    await edge.open({ host, unit, tenant, epoch: 10 })
    expect(await isOpen()).toBe(true)
    await expect(edge.close({ host, tenant, epoch: 9 })).rejects.toEqual(fenced)
    await edge.close({ host, tenant, epoch: 11 })
    await edge.close({ host, tenant, epoch: 11 })
    await expect(edge.open({ host, unit, tenant, epoch: 11 })).rejects.toEqual(fenced) // an open that its own undo has overtaken
    expect(await isOpen()).toBe(false)
    await edge.open({ host, unit, tenant, epoch: 12 })
    expect(await isOpen()).toBe(true)
    await edge.close({ host, tenant, epoch: 13 })
  })
}
