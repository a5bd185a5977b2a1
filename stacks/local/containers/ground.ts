import { makeCgroup, removeCgroup } from './cgroups.ts'
import { fenceRules, tablesOf, type Doors } from './fence.ts'
import type { ContainerNetwork } from './network.ts'
import { runTool } from './run-tool.ts'

const ip = (...args: string[]): Promise<string> => runTool('ip', args)
/** Changes tables, all of it or nothing. */
export const nft = (script: string): Promise<string> => runTool('nft', ['-f', '-'], script)

const succeeds = (attempt: Promise<unknown>): Promise<boolean> =>
  attempt.then(
    () => true,
    () => false,
  )

/**
 * What the kernel holds for an estate's containers beside their processes: one bridge, with the addresses at which pods reach the
 * product database and the API server, a fence that lets them reach nothing else, and one cgroup. Pods get no default route.
 */
export async function layGround(network: ContainerNetwork, doors: Doors): Promise<void> {
  await clearGround(network)
  await nft(fenceRules(network, doors)) // before there is anything that it could let through
  await ip('link', 'add', 'name', network.name, 'type', 'bridge')
  await ip('link', 'set', 'dev', network.name, 'addrgenmode', 'none') // pods have no IPv6, so nor has the bridge
  // Its own frames only: what the machine does with those of other bridges stays as it is.
  await ip('link', 'set', 'dev', network.name, 'type', 'bridge', 'nf_call_iptables', '1', 'nf_call_ip6tables', '1')
  await ip('address', 'add', `${network.gateway}/24`, 'dev', network.name)
  await ip('address', 'add', `${network.apiService}/32`, 'dev', network.name)
  await ip('link', 'set', 'dev', network.name, 'up')
  await makeCgroup(network.name)
}

/** Takes it all away again, also what a killed daemon left. To be called when no process of the node runs any more. */
export async function clearGround(network: Pick<ContainerNetwork, 'name'>): Promise<void> {
  const { name } = network
  if (await succeeds(ip('link', 'show', 'dev', name))) {
    // The kernel takes a moment to end the network of a killed pod: its cable would lie around until then.
    const cables = JSON.parse(await ip('-json', 'link', 'show', 'master', name)) as { ifname: string }[]
    for (const { ifname } of cables) await succeeds(ip('link', 'delete', 'dev', ifname))
    await ip('link', 'delete', 'dev', name)
  }
  for (const table of tablesOf(network)) {
    if (await succeeds(nft(`list table ${table}\n`))) await nft(`delete table ${table}\n`)
  }
  await removeCgroup(name)
}
