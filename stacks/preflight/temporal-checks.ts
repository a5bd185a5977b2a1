import { Connection } from '@temporalio/client'
import { type Finding, look } from './finding.ts'

const CONNECT_WITHIN_MS = 10_000
/** gRPC's number for something that is not there. */
const NOT_FOUND = 5

/** Looks whether Temporal answers and has the namespace; changes nothing. */
export function temporalFindings(address: string, namespace: string): Promise<Finding[]> {
  const reach = `let this machine and the plane's pods reach ${address}, or give another TEMPORAL_ADDRESS`
  return look('Temporal', reach, async () => {
    const connection = await Connection.connect({ address, connectTimeout: CONNECT_WITHIN_MS })
    try {
      const { serverVersion } = await connection.workflowService.getSystemInfo({})
      return [
        { what: 'Temporal', found: `${address}, version ${serverVersion}` },
        await namespaceFinding(connection, namespace),
      ]
    } finally {
      await connection.close()
    }
  })
}

async function namespaceFinding(connection: Connection, namespace: string): Promise<Finding> {
  const what = `Temporal namespace ${namespace}`
  try {
    await connection.workflowService.describeNamespace({ namespace })
    return { what, found: 'is there' }
  } catch (error) {
    if ((error as { code?: unknown }).code !== NOT_FOUND) throw error
    return { what, found: 'there is none', fix: `temporal operator namespace create --namespace ${namespace}` }
  }
}
