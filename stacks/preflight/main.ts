#!/usr/bin/env node
import { parseArgs } from 'node:util'
import { renderFindings } from './finding.ts'
import { preflight } from './preflight.ts'

const USAGE = `usage: npm run -s preflight -- [--kubeconfig FILE] [--namespace NAME] [--image REFERENCE]

Says what an installation of the plane on an existing cluster would miss, and changes nothing: Kubernetes, Gateway API, admission
policies, pod security, rights of the credential, Secrets, PostgreSQL, Temporal, clocks and the image. Run it where the network
is that of the cluster's nodes, or names may not resolve. Exit code 0: nothing is missing; 1: something is; 2: wrong usage.

  --kubeconfig FILE   with the credential that will install (KUBECONFIG)
  --namespace NAME    where the plane will live (steward)
  --image REFERENCE   registry.example/steward@sha256:…

DATABASE_OWNER_URL names the database of the plane as its owner, PRODUCTS_DATABASE_URL the server of product databases, each also
as NAME_FILE; TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE (steward).`

const OPTIONS = {
  kubeconfig: { type: 'string' },
  namespace: { type: 'string' },
  image: { type: 'string' },
  help: { type: 'boolean' },
} as const

function asked() {
  try {
    return parseArgs({ options: OPTIONS }).values
  } catch {
    return undefined // an option that there is not
  }
}

const values = asked()
if (
  !values ||
  values.help ||
  (values.namespace !== undefined && !/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(values.namespace))
) {
  const wrong = !values?.help
  console[wrong ? 'error' : 'log'](USAGE)
  process.exit(wrong ? 2 : 0)
}
const kubeconfig = values.kubeconfig ?? process.env['KUBECONFIG']
const findings = await preflight({
  env: process.env,
  namespace: values.namespace ?? 'steward',
  ...(kubeconfig ? { kubeconfig } : {}),
  ...(values.image ? { image: values.image } : {}),
})
for (const line of renderFindings(findings)) console.log(line)
const missing = findings.filter(({ fix }) => fix).length
console.log(missing === 0 ? 'nothing is missing; nothing was changed' : `${missing} missing; nothing was changed`)
process.exitCode = missing === 0 ? 0 : 1
