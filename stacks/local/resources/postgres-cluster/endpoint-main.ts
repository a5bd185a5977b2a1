import { readCluster, type EndpointInput, ENDPOINT_INPUT } from './endpoint-input.ts'
import { startEndpoint } from './endpoint.ts'

const text = process.env[ENDPOINT_INPUT]
if (!text) {
  process.stderr.write('this program is started by the daemon of an estate\n')
  process.exit(2)
}
const { host, port, ...cluster } = JSON.parse(text) as EndpointInput // written by the daemon of this same checkout
const endpoint = await startEndpoint({ host, port, primaryPort: () => readCluster(cluster) })
await new Promise<void>((resolve) => {
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, () => resolve())
})
await endpoint.stop()
process.exit(0)
