import { watch } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import type { PublishedTenant, TenantsFile } from '../../../../control-plane/domain/tenants-file.ts'
import type { Tenancy } from './config.ts'
import { byHost, parseTenantsFile } from './tenants-file.ts'

export type TenantsStatus = {
  /** Revision in use; -1 until a first good file was read. */
  revision: number
  count: number
  /** Why the file that is there now is not the one in use; null when it is. */
  broken: string | null
}
export interface WatchedTenants {
  byHost: (host: string) => PublishedTenant | undefined
  status: () => TenantsStatus
  stop: () => void
}
type Options = {
  file: string
  /** Id and name of this unit; a file written for another one is refused. `none` accepts any. */
  unit: { id: string; name: string }
  /** `silo`: a file with more than one tenant is refused, because nothing but this one belongs here. */
  tenancy?: Tenancy
  /** Milliseconds between two looks at the file, for changes that fs.watch does not report; more often where it cannot watch. */
  pollMs?: number
  onLoaded?: (file: TenantsFile) => void
  onBroken?: (reason: string) => void
}

/** Where events tell of changes, few looks are needed: ten a second took 0.35 % of a core, most of what an idle pod did. */
const POLL_MS = { watching: 1000, blind: 100 }

/**
 * Keeps the tenants file loaded. fs.watch on the folder sees the `..data` link of a ConfigMap mount swapped; the poll follows links
 * and sees whatever fs.watch missed, a mount replaced as a whole included. A broken, missing or older file keeps the last good one.
 * The first look is over when the promise resolves; it never rejects.
 */
export async function watchTenants({
  file,
  unit,
  tenancy = 'pool',
  pollMs,
  onLoaded,
  onBroken,
}: Options): Promise<WatchedTenants> {
  let current: { file: TenantsFile; hosts: ReadonlyMap<string, PublishedTenant> } | undefined
  let broken: string | null = null
  let signature = ''
  let used = ''

  const accept = (text: string): void => {
    if (text === used) return
    const next = parseTenantsFile(text)
    if (unit.id !== 'none' && next.unit !== unit.id && next.unit !== unit.name)
      throw new Error(`it is for unit ${next.unit}`)
    if (tenancy === 'silo' && next.tenants.length > 1)
      throw new Error(`it lists ${next.tenants.length} tenants, and this unit is one tenant's own`)
    if (current && next.revision < current.file.revision) {
      throw new Error(`its revision ${next.revision} is older than ${current.file.revision}, which is in use`)
    }
    current = { file: next, hosts: byHost(next) }
    used = text
    onLoaded?.(next)
  }
  const refuse = (error: unknown): void => {
    const reason = error instanceof Error ? error.message : String(error)
    if (reason !== broken) onBroken?.(reason)
    broken = reason
  }
  /** `sure`: something did change, so read even when size and time look the same (two writes within one clock tick). */
  const look = async (sure: boolean): Promise<void> => {
    try {
      const before = signature
      signature = await signatureOf(file)
      if (!sure && signature === before) return
      accept(await readFile(file, 'utf8'))
      broken = null
    } catch (error) {
      refuse(error)
    }
  }
  const looks = oneAtATime(look)
  await looks(true)
  const stop = watchFolder(path.dirname(file), pollMs, looks)
  return {
    byHost: (host) => current?.hosts.get(host),
    status: () => ({ revision: current?.file.revision ?? -1, count: current?.file.tenants.length ?? 0, broken }),
    stop,
  }
}

async function signatureOf(file: string): Promise<string> {
  const { dev, ino, size, mtimeNs } = await stat(file, { bigint: true })
  return [dev, ino, size, mtimeNs].join(':')
}

/** Asked again while it runs, it runs once more afterwards: the last change is never the one that is missed. */
function oneAtATime(work: (sure: boolean) => Promise<void>): (sure: boolean) => Promise<void> {
  let running: Promise<void> | undefined
  let again = false
  const run = async (sure: boolean): Promise<void> => {
    await work(sure)
    if (!again) return
    again = false
    await run(true)
  }
  return (sure) => {
    if (running) again ||= sure
    running ??= run(sure).finally(() => (running = undefined))
    return running
  }
}

function watchFolder(folder: string, pollMs: number | undefined, look: (sure: boolean) => Promise<void>): () => void {
  const events = (() => {
    try {
      return watch(folder, { persistent: false }, () => void look(true)).on('error', () => undefined)
    } catch {
      return undefined // not there yet, or no watches left: the poll does it alone
    }
  })()
  const timer = setInterval(() => void look(false), pollMs ?? POLL_MS[events ? 'watching' : 'blind']).unref()
  return () => {
    clearInterval(timer)
    events?.close()
  }
}
