import { readFile } from 'node:fs/promises'
import { openExportStore } from '../../control-plane/platform/export-stores.ts'
import { PLANE_NAMESPACE } from '../../control-plane/domain/naming.ts'
import { type RegionSettings, reachablePodAddress } from '../../control-plane/domain/region-settings.ts'
import { checkContract } from '../../stacks/contract/contract-hands.ts'
import { allowedRepositories } from '../../stacks/kubernetes/allowed-images.ts'
import type { Traffic } from '../../stacks/kubernetes/attestation/context.ts'
import { attest, endAttestation } from '../../stacks/kubernetes/attestation/spaces.ts'
import { lackingGuardrails } from '../../stacks/kubernetes/cluster-guardrails.ts'
import { connectCluster } from '../../stacks/kubernetes/cluster.ts'
import { observeAdoption } from '../../stacks/kubernetes/adoption.ts'
import { previewUnit } from '../../stacks/kubernetes/preview.ts'
import { compareUnit, versionsOf } from '../../stacks/kubernetes/drift.ts'
import { keepTaken } from '../../stacks/kubernetes/take-over.ts'
import { describeDatabase, giveDatabaseBack, takeDatabase } from '../../stacks/postgres/adoption.ts'
import { observeDatabase } from '../../stacks/postgres/adoption-sight.ts'
import type { Renderer } from '../../stacks/kubernetes/render.ts'
import type { MoveEnd } from '../../stacks/postgres/move/move.ts'
import { connectProducts, type ProductServer } from '../../stacks/postgres/product-server.ts'
import { compareDatabase } from '../../stacks/postgres/database-drift.ts'
import { repairDatabase } from '../../stacks/postgres/database-repair.ts'
import { holdsUrl, makeDatabaseSecret, passwordsIn } from '../../stacks/postgres/database-secret.ts'
import { createUnitDatabase, dropUnitDatabase, limitUnitDatabase } from '../../stacks/postgres/unit-database.ts'
import { exportRows, inspectExport } from '../../stacks/postgres/export-rows.ts'
import { eraseTenantRows } from '../../stacks/postgres/tenant-rows.ts'
import { imageRegistry } from '../../stacks/images/registry.ts'
import { edgeRoutes } from '../../stacks/traffic/edge-routes.ts'
import { probeHost } from '../../stacks/traffic/probe-host.ts'
import type { RegionFacts } from '../steps/step-deps.ts'
import { regionTraces } from '../orphans/region-traces.ts'
import { clusterHands, POD_PORT } from './cluster-hands.ts'
import { handsInSpans } from './hands-spans.ts'
import type { Adoption, Edge, Hands, UnitDatabases } from './hands.ts'
import { sweepHands } from './sweep-hands.ts'

export type Regions = {
  /** The hands of a region, opened at first use and kept; a region whose settings have changed gets new ones. */
  handsOf: (region: RegionFacts) => Promise<Hands>
  close: () => Promise<void>
}

export function openRegions(renderer: Renderer): Regions {
  const opened = new Map<string, Promise<Hands>>()
  return {
    handsOf({ name, settings }) {
      const key = `${name} ${JSON.stringify(settings)}`
      const known = opened.get(key) ?? openHands(renderer, settings)
      opened.set(key, known)
      known.catch(() => opened.delete(key)) // a file that was not there yet is read again
      return known
    },
    async close() {
      const all = [...opened.values()]
      opened.clear()
      await Promise.allSettled(all.map(async (hands) => (await hands).close()))
    },
  }
}

async function openHands(renderer: Renderer, settings: RegionSettings): Promise<Hands> {
  const { productDatabaseUrlFile, sweepDatabaseUrlFile, edgeTokenFile, sweepEdgeTokenFile } = settings
  const [productsUrl, sweepUrl, token, reading] = await Promise.all([
    ...[productDatabaseUrlFile, sweepDatabaseUrlFile, edgeTokenFile].map(secretIn),
    ...(sweepEdgeTokenFile ? [secretIn(sweepEdgeTokenFile)] : []),
  ])
  const cluster = connectCluster({ kubeconfig: settings.kubeconfig })
  const sweepCluster = connectCluster({ kubeconfig: settings.sweepKubeconfig })
  const products = connectProducts({ url: productsUrl ?? '' })
  const sweepProducts = connectProducts({ url: sweepUrl ?? '' })
  const render: Hands['render'] = async (use) => (await renderer.render(use)).objects
  const reach = (podIp: string) => reachablePodAddress(settings, podIp)
  const edge = edgeHands(settings, token ?? '', reading)
  const traffic = trafficOf(settings, products)
  const attesting = { kubeconfig: settings.kubeconfig, operator: cluster, reader: sweepCluster, traffic }
  const exports = openExportStore(settings)
  return handsInSpans({
    render,
    cluster: clusterHands(cluster, settings),
    databases: databaseHands(products, sweepProducts),
    exports,
    images: { ...imageRegistry(settings.imageRegistryUrl), allowed: (link) => allowedRepositories(cluster, link) },
    edge,
    sweep: sweepHands(sweepCluster, sweepProducts, edge, settings.localProcesses === true),
    drift: {
      compare: (unit, link) => compareUnit({ reader: sweepCluster, writer: cluster }, unit, link),
      versions: (unitId, link) => versionsOf(sweepCluster, unitId, link),
      preview: (unit, link) => previewUnit(cluster, unit, link),
    },
    adoption: {
      observe: (adoptable, link) => observeAdoption({ reader: sweepCluster, writer: cluster }, adoptable, link),
      keep: (unitId, link) => keepTaken(cluster, unitId, link),
      ...databaseAdoption(products, sweepProducts),
    },
    orphans: regionTraces({ cluster: sweepCluster, products: sweepProducts, edge, exports, settings }),
    guardrails: {
      lacking: async (link) => lackingGuardrails(sweepCluster, (await renderer.render(GUARDRAILS)).objects, link),
    },
    attest: (unit, link) => attest({ ...unit, ...attesting }, link),
    endAttestation: async (unit, link) => {
      if (attesting.traffic) await endAttestation({ ...unit, ...attesting }, link)
    },
    checkContract: (check, link) => checkContract({ cluster, products, render, reach, port: POD_PORT }, check, link),
    async close() {
      await Promise.allSettled([cluster.close(), sweepCluster.close(), products.close(), sweepProducts.close()])
    },
  })
}

/** Where the network is said to keep tenants apart, that is measured by sending; elsewhere it is known not to be. */
function trafficOf({ facets, probeImage }: RegionSettings, { address }: ProductServer): Traffic | null {
  if (!probeImage || !facets.includes('network')) return null
  return { image: probeImage, control: `${address.host}:${address.port}` }
}

/** With any values: see `lackingGuardrails`. */
const GUARDRAILS = {
  chart: 'cluster-guardrails',
  release: 'cluster-guardrails',
  namespace: PLANE_NAMESPACE,
  values: { images: ['any'] },
}

const secretIn = async (file: string): Promise<string> => (await readFile(file, 'utf8')).trim()

/** What is only read is read with the login that can do nothing else, where that may. */
const databaseHands = (server: ProductServer, reader: ProductServer): UnitDatabases => ({
  address: server.address,
  makeSecret: (names) => makeDatabaseSecret(server.address, names),
  create: ({ secret, ...unit }, link) => createUnitDatabase(server, { ...unit, passwords: passwordsIn(secret) }, link),
  compare: (unit, link) => compareDatabase(server, unit, link),
  holds: (names, key, value) => holdsUrl(server.address, names, key, value),
  repair: ({ secret, ...unit }, link) => repairDatabase(server, { ...unit, passwords: passwordsIn(secret) }, link),
  limit: (unit, link) => limitUnitDatabase(server, unit, link),
  drop: (unit, link) => dropUnitDatabase(server, unit, link),
  inspectExport: (unit) => inspectExport(reader, unit),
  readRows: (unit, use, link) => exportRows({ reader, owner: server }, unit, use, link),
  end: ({ database }) => ({ server, database, reach: reachOf(server.address) }),
  eraseTenant: async (tenant, link) => void (await eraseTenantRows(server, tenant, link)),
})

const databaseAdoption = (server: ProductServer, reader: ProductServer): Omit<Adoption, 'observe' | 'keep'> => ({
  observeDatabase: (adoptable) => observeDatabase(reader, adoptable),
  describe: (names) => describeDatabase(reader, names),
  takeDatabase: ({ secret, ...unit }, link) => takeDatabase(server, { ...unit, passwords: passwordsIn(secret) }, link),
  giveDatabaseBack: (unit, link) => giveDatabaseBack(server, unit, link),
})

/** How the server of another unit reaches this one. */
const reachOf = ({ host, port, tls }: ProductServer['address']): MoveEnd['reach'] =>
  tls ? { host, port, sslmode: 'require' } : { host, port }

function edgeHands({ edgeAdminUrl: url, edgeUrl, gatewayUrl }: RegionSettings, token: string, reading?: string): Edge {
  const routes = edgeRoutes({ url, token })
  return {
    target: URL.parse(gatewayUrl)?.origin ?? gatewayUrl, // as an edge lists it, without a slash at its end
    open: (route) => routes.open({ ...route, target: gatewayUrl }),
    close: routes.close,
    list: (reading === undefined ? routes : edgeRoutes({ url, token: reading })).list,
    listedReadOnly: reading !== undefined,
    probe: async (request, link) => void (await probeHost({ edgeUrl, ...request }, link)),
  }
}
