import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { parse } from 'yaml'
import { findControllers } from './cgroups.ts'
import { describePod } from './container-node.ts'
import { cniConfig } from './containerd-config.ts'
import { fenceRules } from './fence.ts'
import { kubeletConfig } from './kubelet-config.ts'
import { containersInstallCommand, findContainerTools } from './machine.ts'
import { claimNetwork, networkOf } from './network.ts'

const network = networkOf({ id: 'abcdef0123456789', network: 7 })
if (!network) throw new Error('an estate with a number has a network')

test('everything about the network follows from its number and the estate; without a number there is none', () => {
  expect(network).toEqual({
    name: 'steward-abcdef',
    gateway: '10.245.7.1',
    pods: '10.245.7.0/24',
    services: '10.246.7.0/24',
    apiService: '10.246.7.1',
  })
  expect(network.name.length).toBeLessThanOrEqual(15) // the kernel's limit for an interface
  expect(networkOf({ id: 'abcdef0123456789' })).toBeUndefined()
})

test('two estates that want one network get two, and an estate that has one waits for nobody', async () => {
  const first = await claimNetwork({ id: '10aaaaaa' })
  const second = await claimNetwork({ id: '10bbbbbb' })
  expect(second.network).not.toBe(first.network)
  const asFirst = { id: '10aaaaaa', network: first.network }
  await expect(claimNetwork(asFirst)).rejects.toMatchObject({
    code: 'containers.unavailable',
    message: expect.stringContaining(`10.245.${first.network}.0/24`) as string,
  })
  await first.lock.release()
  const again = await claimNetwork(asFirst)
  expect(again.network).toBe(first.network)
  await Promise.all([second, again].map(({ lock }) => lock.release()))
})

test.each([
  ['v1', 'cgroup /sys/fs/cgroup/cpu,cpuacct cgroup rw,relatime,cpu,cpuacct 0 0', 'cpu', '/sys/fs/cgroup/cpu,cpuacct'],
  ['v2', 'cgroup2 /sys/fs/cgroup cgroup2 rw,relatime 0 0', 'memory', '/sys/fs/cgroup'],
  ['hybrid', 'cgroup2 /sys/fs/cgroup/unified cgroup2 rw,relatime 0 0', 'memory', undefined],
  ['named', 'cgroup /sys/fs/cgroup/systemd cgroup rw,relatime,name=systemd 0 0', 'memory', undefined],
])('cgroup controllers are found in %s', (_version, line, controller, folder) => {
  expect(findControllers(`proc /proc proc rw 0 0\n${line}\n`).get(controller)).toBe(folder)
})

test('what is missing is named by package, once, with a command that takes nothing away', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'steward-machine-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  for (const name of ['ip', 'nft', 'runc']) await writeFile(join(folder, name), '', { mode: 0o755 })
  const { missing, tools } = await findContainerTools({ PATH: folder }, [], [])
  expect({ missing, tools }).toEqual({ missing: ['containerd', 'containernetworking-plugins'], tools: undefined })
  expect(containersInstallCommand(missing)).toBe(
    'sudo apt-get update && sudo apt-get install -y --no-install-recommends --no-remove containerd containernetworking-plugins',
  )
})

test('the fence looks at its own bridge only, and at first nobody is known who could pass a door', () => {
  const rules = fenceRules(network, [{ address: '10.245.7.1', port: 7411 }])
  expect(rules).toContain(
    'ip daddr { 10.245.7.1, 10.246.7.1 } iifname != { "lo", "steward-abcdef" } drop\n    iifname != "steward-abcdef" accept',
  )
  expect(rules).toContain('iifname != "steward-abcdef" accept\n    ct state established,related accept\n    drop')
  expect(rules).toContain('ip daddr 10.245.7.1 tcp dport 7411 accept\n    reject')
  expect(rules.match(/^table (.*) \{$/gm)).toEqual(['table inet steward_abcdef {', 'table bridge steward_abcdef {'])
})

test('a frame between pods that no rule has passed is dropped, also where the kernel shows bridged frames to nobody', () => {
  for (const side of ['saddr', 'daddr'])
    expect(fenceRules(network, [])).toMatch(new RegExp(`ip ${side} 10.245.7.0/24 meta mark != 0x\\w+ drop`))
})

test('pods get no way out: a route to the API server and no default route, no forwarding switched on', () => {
  const { plugins } = JSON.parse(cniConfig(network, true)) as { plugins: Record<string, unknown>[] }
  expect(plugins[0]).toMatchObject({
    isGateway: false,
    ipMasq: false,
    ipam: { routes: [{ dst: '10.246.7.1/32', gw: '10.245.7.1' }] },
  })
  expect(plugins[1]).toMatchObject({ type: 'tuning' })
})

test('the kubelet listens on the bridge alone, trusts certificates only and changes nothing of the machine', () => {
  expect(parse(kubeletConfig(network, 7405))).toMatchObject({
    address: '10.245.7.1',
    readOnlyPort: 0,
    healthzPort: 0,
    authentication: { anonymous: { enabled: false } },
    authorization: { mode: 'Webhook' },
    cgroupRoot: '/steward-abcdef',
    protectKernelDefaults: true,
    makeIPTablesUtilChains: false,
  })
})

test('a pod that the kubelet has not looked at yet is pending', () => {
  const metadata = { namespace: 'cell-a', name: 'ledger-1', uid: 'u' }
  expect(describePod({ metadata })).toEqual({ ...metadata, ip: '', phase: 'Pending', ready: false, containers: [] })
})
