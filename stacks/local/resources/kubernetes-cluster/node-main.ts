import pino from 'pino'
import { readCredential } from '../../credentials/ensure-credentials.ts'
import { startReadyGateway } from '../../gateway/ready-gateway.ts'
import { nodeHomes } from '../../node/node-homes.ts'
import { startNode } from '../../node/node.ts'
import { listen } from '../../proxy/server.ts'
import { podNetworkOf } from '../../region-file.ts'
import { NODE_INPUT, type NodeInput } from './node-input.ts'
import { answerWith } from './node-answers.ts'

const HOST = '127.0.0.1'

/** Node and gateway of one cluster, until told to end: then its pods are ended, too. */
async function run(input: NodeInput): Promise<void> {
  const log = pino({ base: null })
  const ending = new AbortController()
  const asked = new Promise<void>((resolve) => {
    for (const name of ['SIGTERM', 'SIGINT'] as const) {
      process.on(name, () => {
        ending.abort(new Error(`ended by ${name}`))
        resolve()
      })
    }
  })
  const { name, home, kubeconfig, images, runAs } = input
  const own = { name, home, kubeconfig, images, log, neighbours: () => nodeHomes(input.estate) }
  const node = await startNode(runAs ? { ...own, runAs } : own)
  const gateway = await startReadyGateway(
    { kubeconfig: input.gatewayKubeconfig, host: HOST, port: input.gatewayPort, podNetwork: podNetworkOf({}), log },
    ending.signal,
  ).catch(async (cause: unknown) => {
    await node.stop()
    throw cause
  })
  const token = await readCredential(input.tokenFile)
  const answers = await listen(HOST, input.port, answerWith({ token, pods: node.pods, metrics: gateway.metrics }))
  await asked
  await answers.stop()
  await gateway.stop()
  await node.stop()
}

const text = process.env[NODE_INPUT]
if (!text) {
  process.stderr.write('this program is started by the daemon of an estate\n')
  process.exit(2)
}
await run(JSON.parse(text) as NodeInput) // written by the daemon of this same checkout
process.exit(0)
