import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { PLANE_NAMESPACE } from '../../../control-plane/domain/naming.ts'
import { NODE_NAME } from '../credentials/paths.ts'
import { portsNamed, type PortName } from '../ports.ts'
import { writeFileAtomic } from '../../process/write-file.ts'
import { plainEnvironment, type EstateContext } from '../servers/context.ts'
import { probeHttp } from '../servers/probes.ts'
import type { Command, ProcessServer, Server } from '../servers/server.ts'
import { cniConfig, containerdConfig, INSIDE, registryHosts, SOCKET } from './containerd-config.ts'
import type { Doors } from './fence.ts'
import { layGround, clearGround, nft } from './ground.ts'
import { kubeletConfig } from './kubelet-config.ts'
import { systemPath } from './machine.ts'
import { openDoor } from './door.ts'
import { enforcePolicies } from './policies/enforcer.ts'

type ContainersContext = EstateContext & { containers: NonNullable<EstateContext['containers']> }

const API_PORT = 443
const pidFile = ({ paths }: EstateContext): string => join(paths.run, 'node-host.pid')

const environment = (context: EstateContext): Record<string, string> => ({
  ...plainEnvironment(context),
  PATH: systemPath(context.env),
})

/** Where containerd notes the addresses of pods. */
const notesFolder = (paths: EstateContext['paths']): string => join(paths.containers, 'cni/results')

/** Notes of pods that ended with the node before: their addresses are given again. The folder itself stays, it is being followed. */
async function forgetNotes({ paths }: EstateContext): Promise<void> {
  const folder = notesFolder(paths)
  await Promise.all((await readdir(folder)).map((name) => rm(join(folder, name), { recursive: true, force: true })))
}

async function writeConfiguration({ containers, paths, ports }: ContainersContext): Promise<void> {
  const folder = join(paths.containers, 'config')
  for (const name of ['kubelet', 'logs', 'containerd']) {
    await mkdir(join(paths.containers, name), { recursive: true, mode: 0o700 })
  }
  await mkdir(notesFolder(paths), { recursive: true, mode: 0o700 })
  const files = {
    'containerd.toml': containerdConfig(containers.tools),
    'kubelet.yaml': kubeletConfig(containers.network, ports.kubelet),
    'cni/steward.conflist': cniConfig(containers.network, existsSync('/proc/sys/net/ipv6')),
    // docker.io would be asked at its own address even with a default for all registries
    'registries/docker.io/hosts.toml': registryHosts(ports.registry),
    'registries/_default/hosts.toml': registryHosts(ports.registry),
  }
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(folder, name, '..'), { recursive: true, mode: 0o700 })
    await writeFileAtomic(join(folder, name), text)
  }
}

/** Holds the node's namespaces for mounts and processes; its end is the end of every container. */
const nodeHost = (context: ContainersContext): ProcessServer => ({
  kind: 'process',
  name: 'node-host',
  needs: ['node-ground'],
  command: async () => {
    const { tool } = context.toolchain
    const [file, program] = await Promise.all([tool('node-host'), tool('kubelet')])
    await rm(pidFile(context), { force: true })
    await writeConfiguration(context)
    await forgetNotes(context)
    const args = ['hold', context.paths.home, pidFile(context), program]
    return { file, args, env: environment(context) }
  },
  probe: async () => {
    await readFile(pidFile(context))
  },
  stopSignal: 'SIGTERM',
  graceMs: 10_000,
})

/** A program inside the node's namespaces. */
async function inside(context: ContainersContext, program: string, args: readonly string[]): Promise<Command> {
  const file = await context.toolchain.tool('node-host')
  return { file, args: ['enter', pidFile(context), program, ...args], env: environment(context) }
}

/** A path inside of the node's namespaces, as seen from outside. */
async function insidePath(context: EstateContext, path: string): Promise<string> {
  const pid = (await readFile(pidFile(context), 'utf8')).trim()
  return `/proc/${pid}/root${path}`
}

/** Connects to a socket inside of the node's namespaces. */
async function probeSocket(context: ContainersContext, path: string): Promise<void> {
  const seen = await insidePath(context, path)
  await new Promise<void>((resolve, reject) => {
    const socket = connect({ path: seen }, () => {
      socket.destroy()
      resolve()
    })
    socket.once('error', reject)
  })
}

const containerd = (context: ContainersContext): ProcessServer => ({
  kind: 'process',
  name: 'containerd',
  needs: ['node-host', 'registry'],
  command: () =>
    inside(context, context.containers.tools.containerd, ['--config', `${INSIDE}/containers/config/containerd.toml`]),
  probe: () => probeSocket(context, SOCKET),
  stopSignal: 'SIGTERM',
  graceMs: 5000,
})

const kubelet = (context: ContainersContext): ProcessServer => ({
  kind: 'process',
  name: 'kubelet',
  needs: ['containerd', 'kube-apiserver', 'cluster-objects', 'network-policies'],
  ports: portsNamed(context.ports, 'kubelet'),
  command: () =>
    inside(context, '/run/programs/kubelet', [
      `--config=${INSIDE}/containers/config/kubelet.yaml`,
      `--kubeconfig=${INSIDE}/credentials/node.kubeconfig`,
      `--hostname-override=${NODE_NAME}`,
      `--node-ip=${context.containers.network.gateway}`,
      '--root-dir=/var/lib/kubelet',
    ]),
  probe: (signal) =>
    probeHttp(`https://${context.containers.network.gateway}:${context.ports.kubelet}/healthz`, signal, {
      ca: context.credentials.certificate('cluster-ca'),
      certificate: context.credentials.certificate('client-admin'),
      key: context.credentials.key('client-admin'),
    }),
  stopSignal: 'SIGTERM',
  graceMs: 5000,
})

/** What a plane needs that runs in pods itself: parts of the estate that listen on loopback only. */
const PLANE_DOORS: readonly PortName[] = ['plane-db', 'temporal', 'gateway', 'edge', 'daemon']

/** What of the machine pods may reach, as far as their policies allow it. */
const doorsOf = ({ containers: { network }, ports }: ContainersContext): Doors => [
  { address: network.gateway, port: ports['products-db'] },
  { address: network.apiService, port: API_PORT },
  ...PLANE_DOORS.map((name) => ({
    address: network.gateway,
    port: ports[name],
    namespaces: [PLANE_NAMESPACE],
  })),
]

async function openPlaneDoors({ containers, ports, log }: ContainersContext): Promise<{ stop: () => Promise<void> }> {
  const doors = await Promise.all(
    PLANE_DOORS.map((name) =>
      openDoor({
        host: containers.network.gateway,
        port: ports[name],
        target: { host: '127.0.0.1', port: ports[name] },
        log,
      }),
    ),
  )
  return {
    stop: async () => {
      await Promise.all(doors.map((door) => door.stop()))
    },
  }
}

/** What stands where the process node stands when an estate runs its pods in containers; empty when it does not. */
export function containerServers(context: EstateContext): Server[] {
  const { containers } = context
  if (!containers) return []
  const whole: ContainersContext = { ...context, containers }
  const { network } = containers
  return [
    {
      kind: 'inner',
      name: 'node-ground',
      needs: [],
      start: async () => {
        await layGround(network, doorsOf(whole))
        return { stop: () => clearGround(network) }
      },
    },
    {
      kind: 'inner',
      name: 'api-door',
      needs: ['node-ground', 'kube-apiserver'],
      start: () =>
        openDoor({
          host: network.apiService,
          port: API_PORT,
          target: { host: '127.0.0.1', port: context.ports['kube-apiserver'] },
          log: context.log,
        }),
    },
    { kind: 'inner', name: 'plane-doors', needs: ['node-ground'], start: () => openPlaneDoors(whole) },
    {
      kind: 'inner',
      name: 'network-policies',
      needs: ['node-host', 'cluster-objects'],
      start: async (signal) =>
        enforcePolicies({
          kubeconfig: context.credentials.kubeconfig('policies'),
          network,
          doors: doorsOf(whole),
          notes: notesFolder(context.paths),
          apply: nft,
          log: context.log,
          signal,
        }),
    },
    nodeHost(whole),
    containerd(whole),
    kubelet(whole),
  ]
}
