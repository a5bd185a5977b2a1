import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { createServer } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Lock } from '../../stacks/process/lock.ts'
import { fenceRules, tablesOf, type Doors } from '../../stacks/local/containers/fence.ts'
import { clearGround, layGround, nft } from '../../stacks/local/containers/ground.ts'
import { claimNetwork, networkOf, type ContainerNetwork } from '../../stacks/local/containers/network.ts'
import { runTool } from '../../stacks/local/containers/run-tool.ts'
import { passagesOf } from '../../stacks/local/containers/policies/passages.ts'
import type { NetworkPolicy, PolicyPod, World } from '../../stacks/local/containers/policies/policy-types.ts'

const id = randomBytes(8).toString('hex')
let network: ContainerNetwork
let lock: Lock
const DOOR = 7411
let doors: Doors
const machine = createServer((socket) => socket.end())
const held: ChildProcess[] = []
const pods = new Map<string, { pid: number; pod: PolicyPod }>()

beforeAll(async () => {
  const claimed = await claimNetwork({ id })
  lock = claimed.lock
  const its = networkOf({ id, network: claimed.network })
  if (!its) throw new Error('it has a number')
  network = its
  doors = [{ address: network.gateway, port: DOOR }]
  await layGround(network, doors)
  await new Promise<void>((resolve) => machine.listen({ host: network.gateway, port: DOOR }, resolve))
  for (const [name, namespace, last] of [
    ['a1', 'a', 11],
    ['a2', 'a', 12],
    ['b1', 'b', 21],
  ] as const)
    await attach(name, namespace, last)
})
afterAll(async () => {
  machine.close()
  for (const child of held) child.kill('SIGKILL')
  await clearGround(network)
  await lock.release()
})

/** Something like a pod: a network of its own with one cable to the bridge, where TCP 8080 and UDP 8081 answer. */
async function attach(name: string, namespace: string, last: number): Promise<void> {
  const script = `const net = require('node:net'), udp = require('node:dgram').createSocket('udp4');
    udp.on('message', (said, { port, address }) => udp.send(said, port, address)); udp.bind(8081);
    net.createServer((socket) => socket.on('error', () => {}).pipe(socket)).listen(8080, () => console.log('there'))`
  const child = spawn('unshare', ['--net', process.execPath, '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  held.push(child)
  await new Promise((resolve) => child.stdout.once('data', resolve))
  const { pid = 0 } = child
  const address = `${network.pods.split('.').slice(0, 3).join('.')}.${last}`
  const cable = `nw${id.slice(0, 6)}${last}`
  await runTool('ip', ['link', 'add', cable, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', String(pid)])
  await runTool('ip', ['link', 'set', 'dev', cable, 'master', network.name, 'up'])
  for (const args of [
    ['address', 'add', `${address}/24`, 'dev', 'eth0'],
    ['link', 'set', 'dev', 'eth0', 'up'],
  ])
    await inside(pid, 'ip', args)
  pods.set(name, {
    pid,
    pod: { namespace, name, address, labels: { app: name }, ports: [{ name: 'echo', protocol: 'TCP', port: 8080 }] },
  })
}
const inside = (pid: number, file: string, args: readonly string[]): Promise<string> =>
  runTool('nsenter', ['--target', String(pid), '--net', file, ...args])

const at = (name: string) => {
  const found = pods.get(name)
  if (!found) throw new Error(`no pod ${name}`)
  return found
}

const TRY = `const [protocol, host, port] = process.argv.slice(1); const say = (text) => { console.log(text); process.exit() };
  setTimeout(() => say('silence'), 2000);
  if (protocol === 'TCP') require('node:net').connect(port, host, () => say('answer')).on('error', ({ code }) => say(code));
  else { const udp = require('node:dgram').createSocket('udp4'); udp.on('message', () => say('answer')).on('error', ({ code }) => say(code));
    udp.send('x', port, host) }`
const tries = async (from: string, protocol: 'TCP' | 'UDP', host: string, port: number): Promise<string> =>
  (await inside(at(from).pid, process.execPath, ['-e', TRY, protocol, host, String(port)])).trim()
const tcp = (from: string, to: string) => tries(from, 'TCP', at(to).pod.address, 8080)
const udp = (from: string, to: string) => tries(from, 'UDP', at(to).pod.address, 8081)

/** A neighbour of the machine that is not on the bridge and knows a way to its addresses, as other containers and the LAN may. */
async function neighbour(use: (pid: number) => Promise<void>): Promise<void> {
  const script = "console.log('there'); setInterval(() => {}, 1e6)"
  const child = spawn('unshare', ['--net', process.execPath, '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  held.push(child)
  await new Promise((resolve) => child.stdout.once('data', resolve))
  const { pid = 0 } = child
  const cable = `nw${id.slice(0, 6)}out`
  await runTool('ip', ['link', 'add', cable, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', String(pid)])
  try {
    await runTool('ip', ['address', 'add', '198.51.100.1/30', 'dev', cable])
    await runTool('ip', ['link', 'set', 'dev', cable, 'up'])
    await inside(pid, 'ip', ['address', 'add', '198.51.100.2/30', 'dev', 'eth0'])
    await inside(pid, 'ip', ['link', 'set', 'dev', 'eth0', 'up'])
    await inside(pid, 'ip', ['route', 'add', 'default', 'via', '198.51.100.1'])
    await use(pid)
  } finally {
    await runTool('ip', ['link', 'delete', 'dev', cable])
  }
}

type Spec = NetworkPolicy['spec'] & object
const enforce = async (policies: readonly (readonly [namespace: string, spec: Spec])[], known = [...pods.keys()]) => {
  const world: World = {
    pods: known.map((name) => at(name).pod),
    namespaces: new Map([
      ['a', { tenant: 'a' }],
      ['b', { tenant: 'b' }],
    ]),
    policies: policies.map(([namespace, spec]) => ({ metadata: { namespace }, spec })),
  }
  await nft(fenceRules(network, doors, passagesOf(world)))
}
const DENY: Spec = { podSelector: {}, policyTypes: ['Ingress', 'Egress'] }
const INSIDE: Spec = { ...DENY, ingress: [{ from: [{ podSelector: {} }] }], egress: [{ to: [{ podSelector: {} }] }] }
const WIDE: Spec = { ...DENY, ingress: [{}], egress: [{}] }

test('a pod that the fence does not know gets no answer, not even at a door', async () => {
  await enforce([], [])
  expect(await tries('a1', 'TCP', network.gateway, DOOR)).toBe('silence')
  expect(await tcp('a1', 'a2')).toBe('silence')
})

test('without policies pods reach the doors, nothing else of the machine, and not each other', async () => {
  await enforce([])
  expect(await tries('a1', 'TCP', network.gateway, DOOR)).toBe('answer')
  expect(await tries('a1', 'TCP', network.gateway, 22)).toBe('ECONNREFUSED')
  expect(await tcp('a1', 'a2')).toBe('silence')
  expect(await udp('a1', 'b1')).toBe('silence')
})

test('who is not on the bridge reaches none of the machine’s addresses there, the machine itself and pods do', async () => {
  await enforce([])
  await neighbour(async (pid) => {
    const from = async (host: string) =>
      (await inside(pid, process.execPath, ['-e', TRY, 'TCP', host, String(DOOR)])).trim()
    const elsewhere = createServer((socket) => socket.end())
    await new Promise<void>((resolve) => elsewhere.listen({ host: '198.51.100.1', port: DOOR }, resolve))
    try {
      expect(await from('198.51.100.1')).toBe('answer') // its cable works
    } finally {
      elsewhere.close()
    }
    expect(await from(network.gateway)).toBe('silence')
    expect(await from(network.apiService)).toBe('silence')
  })
  expect((await runTool(process.execPath, ['-e', TRY, 'TCP', network.gateway, String(DOOR)])).trim()).toBe('answer')
  expect(await tries('a1', 'TCP', network.gateway, DOOR)).toBe('answer')
})

test('policies open a tenant’s own pods to each other and keep the other tenant out, both ways, TCP and UDP', async () => {
  await enforce([
    ['a', INSIDE],
    ['b', WIDE],
  ])
  expect(await Promise.all([tcp('a1', 'a2'), udp('a2', 'a1')])).toEqual(['answer', 'answer'])
  const across = await Promise.all([tcp('a1', 'b1'), tcp('b1', 'a1'), udp('a1', 'b1'), udp('b1', 'a1')])
  expect(across).toEqual(['silence', 'silence', 'silence', 'silence'])
  await enforce([
    ['a', WIDE],
    ['b', WIDE],
  ])
  expect(await Promise.all([tcp('a1', 'b1'), tcp('b1', 'a1'), udp('a1', 'b1'), udp('b1', 'a1')])).toEqual(
    Array(4).fill('answer'),
  )
})

test('an egress policy closes the doors it does not name', async () => {
  await enforce([['a', DENY]])
  expect(await tries('a1', 'TCP', network.gateway, DOOR)).toBe('ECONNREFUSED')
  await enforce([['a', { ...DENY, egress: [{ ports: [{ port: DOOR }] }] }]])
  expect(await tries('a1', 'TCP', network.gateway, DOOR)).toBe('answer')
})

test('the machine reaches every pod: kubelet, gateway and scraper are no tenants', async () => {
  await enforce([['a', DENY]])
  const reached = await runTool(process.execPath, ['-e', TRY, 'TCP', at('a1').pod.address, '8080'])
  expect(reached.trim()).toBe('answer')
})

test('frames that pass by the rules of policies, as on a kernel that shows no bridged ones, reach no pod', async () => {
  await enforce([
    ['a', WIDE],
    ['b', WIDE],
  ])
  expect(await tcp('a1', 'a2')).toBe('answer')
  await nft(`delete table ${tablesOf(network)[0]}\n`)
  expect(await tcp('a1', 'a2')).toBe('silence')
})

test('every word of policies is one that nft knows', async () => {
  const peers = [
    {
      namespaceSelector: {},
      podSelector: { matchExpressions: [{ key: 'app', operator: 'NotIn' as const, values: ['a1'] }] },
    },
    { ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16', '10.1.0.0/24'] } },
    { ipBlock: { cidr: '0.0.0.0/0' } },
  ]
  const ports = [
    { port: 80 },
    { port: 80, endPort: 90 },
    { port: 'echo' },
    { protocol: 'SCTP' as const, port: 5 },
    { protocol: 'UDP' as const },
    {},
  ]
  await enforce([
    ['a', { ...DENY, ingress: [{ from: peers, ports }], egress: [{ to: peers, ports }, { ports }, { to: peers }, {}] }],
  ])
  const ruleset = await runTool('nft', ['list', 'table', 'inet', network.name.replace('-', '_')])
  expect(ruleset).toMatch(
    /ip saddr 10\.0\.0\.0\/8 ip saddr != 10\.1\.0\.0\/16 ip saddr != 10\.1\.0\.0\/24 tcp dport 80-90 goto passed/,
  )
})

test('a broken change changes nothing', async () => {
  await enforce([['a', INSIDE]])
  await expect(nft(`${fenceRules(network, doors)}add rule inet no_such_table x accept\n`)).rejects.toThrow(
    'no_such_table',
  )
  expect(await tcp('a1', 'a2')).toBe('answer')
})
