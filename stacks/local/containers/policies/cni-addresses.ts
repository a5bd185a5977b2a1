import { mkdirSync, watch } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Log } from '../../kube/log.ts'

/** Addresses of pods by their uid. */
export type Addresses = ReadonlyMap<string, string>

type CniRecord = { cniArgs?: [string, string][]; networkName?: string; result?: { ips?: { address: string }[] } }

/** What containerd notes when it has given a pod its network (libcni's cache, version 1); undefined for any other file. */
export function readCniRecord(text: string): { uid: string; address: string } | undefined {
  try {
    const { cniArgs = [], networkName, result } = JSON.parse(text) as CniRecord
    const [, uid] = cniArgs.find(([name]) => name === 'K8S_POD_UID') ?? []
    const [address] = result?.ips?.[0]?.address.split('/') ?? []
    return networkName === 'steward' && uid && address ? { uid, address } : undefined
  } catch {
    return undefined // half written: it is read again when it is whole
  }
}

/**
 * Follows a folder of such notes. A pod is known by them before its first container starts; its status says its address up to two
 * seconds later, in which a connection would have to wait.
 */
export function followCniAddresses(folder: string, onChange: () => void, log: Log) {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  let addresses: Addresses = new Map()
  let reading: Promise<void> | undefined
  let again = false
  const readAll = async () => {
    const names = await readdir(folder)
    const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8').catch(() => '')))
    const records = texts.map(readCniRecord).filter((record) => record !== undefined)
    addresses = new Map(records.map(({ uid, address }) => [uid, address]))
    onChange()
  }
  const read = () => {
    again = true
    reading ??= (async () => {
      while (again) {
        again = false
        await readAll().catch((err: unknown) => log.warn({ event: 'policies.no-notes', err }, 'notes on pods not read'))
      }
      reading = undefined
    })()
  }
  const watcher = watch(folder, read)
  watcher.on('error', (err) => log.warn({ event: 'policies.no-notes', err }, 'notes on pods are no longer followed'))
  read()
  return { addresses: () => addresses, stop: () => watcher.close() }
}
