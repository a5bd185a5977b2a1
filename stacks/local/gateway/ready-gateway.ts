import { sleep } from '../kube/reflector.ts'
import { startGateway, type Gateway, type GatewayOptions } from './gateway.ts'

const READY_WITHIN_MS = 60_000

/** Starts a gateway and waits until it knows all routes, services and endpoints; nothing of it is left when it does not come to know them. */
export async function startReadyGateway(options: GatewayOptions, signal: AbortSignal): Promise<Gateway> {
  const gateway = await startGateway(options)
  try {
    const deadline = Date.now() + READY_WITHIN_MS
    while (!gateway.ready()) {
      if (Date.now() > deadline) throw new Error(`the gateway is not ready after ${READY_WITHIN_MS / 1000} s`)
      await sleep(10, signal)
      signal.throwIfAborted()
    }
    return gateway
  } catch (cause) {
    await gateway.stop()
    throw cause
  }
}
