import { readFile } from 'node:fs/promises'
import { connectCluster } from '../kubernetes/cluster.ts'
import { clusterFindings } from './cluster-checks.ts'
import { type Finding } from './finding.ts'
import { imageFindings } from './image-checks.ts'
import { planeDatabaseFindings, productServerFindings } from './postgres-checks.ts'
import { rightsFindings } from './rights-checks.ts'
import { secretFindings } from './secret-checks.ts'
import { temporalFindings } from './temporal-checks.ts'

type Env = Readonly<Record<string, string | undefined>>
export type Preflight = { kubeconfig?: string; namespace: string; image?: string; env: Env }

/** A setting, as itself or as the path of a file, as the plane's own programs take it. */
async function setting(env: Env, name: string): Promise<string | undefined> {
  const file = env[`${name}_FILE`]
  return env[name] ?? (file === undefined ? undefined : (await readFile(file, 'utf8')).trim())
}

const notGiven = (what: string, fix: string): Finding[] => [{ what, found: 'not given, so not looked at', fix }]

async function ofCluster({ kubeconfig, namespace }: Preflight): Promise<Finding[]> {
  if (kubeconfig === undefined) return notGiven('Kubernetes', 'give --kubeconfig <file>')
  const cluster = connectCluster({ kubeconfig })
  try {
    const findings = await clusterFindings(cluster)
    if (findings.length <= 1) return findings // it does not answer: nothing else can be said about it
    return [...findings, ...(await rightsFindings(cluster, namespace)), ...(await secretFindings(cluster, namespace))]
  } finally {
    await cluster.close()
  }
}

/** Looks at everything an installation of the plane needs before it is made. Only reads, asks and tries without keeping. */
export async function preflight(options: Preflight): Promise<Finding[]> {
  const { env, image } = options
  const owner = await setting(env, 'DATABASE_OWNER_URL')
  const products = await setting(env, 'PRODUCTS_DATABASE_URL')
  const temporal = env['TEMPORAL_ADDRESS']
  const parts = await Promise.all([
    ofCluster(options),
    owner ? planeDatabaseFindings(owner) : notGiven('database of the plane', 'set DATABASE_OWNER_URL (or …_FILE)'),
    products
      ? productServerFindings(products)
      : notGiven('server of product databases', 'set PRODUCTS_DATABASE_URL (or …_FILE)'),
    temporal
      ? temporalFindings(temporal, env['TEMPORAL_NAMESPACE'] ?? 'steward')
      : notGiven('Temporal', 'set TEMPORAL_ADDRESS'),
    image ? imageFindings(image) : notGiven('image of the plane', 'give --image registry.example/steward@sha256:…'),
  ])
  return parts.flat()
}
