import { readdir, readFile, readlink } from 'node:fs/promises'
import { networkInterfaces } from 'node:os'
import { runTool } from '../../stacks/local/containers/run-tool.ts'

/** Settings that a container node commonly changes for the whole machine. */
const SETTINGS = [
  'net/ipv4/ip_forward',
  'vm/overcommit_memory',
  'vm/panic_on_oom',
  'kernel/panic',
  'kernel/panic_on_oops',
  'kernel/keys/root_maxkeys',
]
/** Folders that a kubelet and containerd use when nobody stops them. */
const FOLDERS = [
  '/run/netns',
  '/run/containerd',
  '/var/lib/kubelet',
  '/var/lib/cni',
  '/var/log/pods',
  '/var/log/containers',
]
const NAMESPACES = ['mnt', 'pid', 'net', 'ipc', 'uts']
const PROGRAMS = /^(containerd|kubelet|pause|runc|node-host)/

async function processes(): Promise<{ programs: string[]; namespaces: string[] }> {
  const programs: string[] = []
  const namespaces = new Set<string>()
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const name = (await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')).trim()
    if (PROGRAMS.test(name)) programs.push(name)
    for (const kind of NAMESPACES) {
      const namespace = await readlink(`/proc/${pid}/ns/${kind}`).catch(() => '')
      if (namespace) namespaces.add(namespace)
    }
  }
  return { programs, namespaces: [...namespaces].toSorted() }
}

async function cgroups(): Promise<string[]> {
  const mounts = (await readFile('/proc/self/mounts', 'utf8')).split('\n').map((line) => line.split(' '))
  const roots = mounts.flatMap(([, target = '', type = '']) => (type.startsWith('cgroup') ? [target] : []))
  const found = roots.map(async (root) =>
    (await readdir(root, { withFileTypes: true })).flatMap((entry) =>
      entry.isDirectory() ? [`${root}/${entry.name}`] : [],
    ),
  )
  return (await Promise.all(found)).flat().toSorted()
}

/** Everything a container node could leave behind on a machine, or change about it. */
export async function machineState() {
  const settings = SETTINGS.map(async (name) => `${name}=${(await readFile(`/proc/sys/${name}`, 'utf8')).trim()}`)
  const folders = FOLDERS.map(async (folder) => ((await readdir(folder).catch(() => undefined)) ? [folder] : []))
  return {
    ...(await processes()),
    interfaces: [...new Set([...Object.keys(networkInterfaces()), ...(await links())])].toSorted(),
    tables: (await runTool('nft', ['list', 'tables'])).trim(),
    cgroups: await cgroups(),
    mounts: await readFile('/proc/self/mounts', 'utf8'),
    settings: await Promise.all(settings),
    folders: (await Promise.all(folders)).flat(),
  }
}

const links = async (): Promise<string[]> =>
  (JSON.parse(await runTool('ip', ['-json', 'link', 'show'])) as { ifname: string }[]).map(({ ifname }) => ifname)
