import { mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Controllers that the kubelet and runc use. */
const WANTED = [
  'cpu',
  'cpuacct',
  'cpuset',
  'memory',
  'pids',
  'blkio',
  'devices',
  'freezer',
  'hugetlb',
  'net_cls',
  'net_prio',
]
const ROOT = '/sys/fs/cgroup'
const UNIFIED = ['cpu', 'cpuset', 'memory', 'pids', 'io', 'hugetlb']

/** Where each cgroup controller is mounted, from the text of `/proc/self/mounts`: one hierarchy (v2), or one each (v1). */
export function findControllers(mounts: string): Map<string, string> {
  const found = new Map<string, string>()
  for (const line of mounts.split('\n')) {
    const [, target = '', type, options = ''] = line.split(' ')
    if (type === 'cgroup2' && target === ROOT) for (const name of UNIFIED) found.set(name, target)
    if (type === 'cgroup') for (const name of options.split(',')) if (WANTED.includes(name)) found.set(name, target)
  }
  return found
}

/** Every hierarchy, also those without a controller: runc puts containers into all of them. */
const hierarchies = async (): Promise<string[]> => {
  const mounts = await readFile('/proc/self/mounts', 'utf8')
  const all = mounts.split('\n').flatMap((line) => {
    const [, target = '', type] = line.split(' ')
    return type === 'cgroup' || type === 'cgroup2' ? [target] : []
  })
  return [...new Set(all)]
}

/** A new cpuset is empty and takes no process until it has what its parent has. */
async function inheritCpuset(parent: string, folder: string): Promise<void> {
  for (const file of ['cpuset.cpus', 'cpuset.mems']) {
    const own = await readFile(join(folder, file), 'utf8').catch(() => undefined)
    if (own?.trim() !== '') continue
    const value = await readFile(join(parent, file), 'utf8').catch(() => '')
    if (value.trim()) await writeFile(join(folder, file), value)
  }
}

/** Makes the cgroup below which all pods of an estate live, in every hierarchy of the machine. */
export async function makeCgroup(name: string): Promise<void> {
  for (const root of await hierarchies()) {
    const folder = join(root, name)
    await mkdir(folder, { recursive: true })
    await inheritCpuset(root, folder)
    // v2 alone: what is handed down must be said. A controller that the machine does not have is no fault here.
    for (const at of root === ROOT ? [root, folder] : []) {
      for (const controller of UNIFIED) {
        await writeFile(join(at, 'cgroup.subtree_control'), `+${controller}`).catch(() => undefined)
      }
    }
  }
}

async function removeTree(folder: string): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  for (const entry of entries) if (entry.isDirectory()) await removeTree(join(folder, entry.name))
  await rmdir(folder).catch(() => undefined)
}

const isThere = async (name: string): Promise<boolean> => {
  const all = await Promise.all((await hierarchies()).map((root) => readdir(join(root, name)).catch(() => undefined)))
  return all.some((entries) => entries !== undefined)
}

/** Removes an estate's cgroup with everything below it; false when a process still holds part of it at the deadline. */
export async function removeCgroup(name: string, withinMs = 5000): Promise<boolean> {
  const deadline = Date.now() + withinMs
  for (;;) {
    for (const root of await hierarchies()) await removeTree(join(root, name))
    if (!(await isThere(name))) return true
    if (Date.now() > deadline) return false
    await new Promise((resolve) => setTimeout(resolve, 50)) // the kernel lets go of a killed process a moment later
  }
}
