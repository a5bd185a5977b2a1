import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Lock, tryLock } from '../../process/lock.ts'
import { writeFileAtomic } from '../../process/write-file.ts'

/** A range of 254 pod addresses: advertised 10.244.<third>.x, reachable as 127.244.<third>.x. */
export type PodRange = { third: number; lock: Lock }

export const advertisedAddress = (third: number, last: number): string => `10.244.${third}.${last}`
export const reachableAddress = (address: string): string => address.replace(/^10\./, '127.')

const RANGES = 256
const RANGE_FILE = 'pod-range'

/** The range that a node had last; NaN when it had none. */
const rememberedRange = async (home: string): Promise<number> =>
  Number.parseInt(await readFile(join(home, RANGE_FILE), 'utf8').catch(() => ''), 10)

/**
 * Claims a range for this estate until the process ends. All estates of a machine share 127.244.0.0/16, so a range is claimed by
 * a kernel-held lock (nothing stale after a crash) and passed over while a leftover of another estate still listens in it. The
 * last one is remembered in `pod-range`, the first try comes from the home's path: a node keeps its addresses over restarts. What
 * `neighbours`, homes of other nodes, remember is never taken: they may just not run.
 */
export async function claimPodRange(home: string, neighbours: readonly string[] = []): Promise<PodRange> {
  const file = join(home, RANGE_FILE)
  const remembered = await rememberedRange(home)
  const reserved = new Set(await Promise.all(neighbours.map(rememberedRange)))
  for (const third of candidates(home, remembered)) {
    if (third !== remembered && (reserved.has(third) || listensIn(await listeners(), third))) continue
    const lock = await tryLock(`steward-pods-${third}`, `pod addresses of ${home}`)
    if (!lock) continue
    await writeFileAtomic(file, `${third}\n`, 0o644)
    return { third, lock }
  }
  throw new Error(
    'all 256 ranges of pod addresses (127.244.0.0/16) are taken by other estates of this machine: stop one',
  )
}

/** Ranges in the order in which they are tried. */
export function candidates(home: string, remembered: number): number[] {
  const start = createHash('sha256').update(home).digest().readUInt8(0)
  const all = Array.from({ length: RANGES }, (_, index) => (start + index) % RANGES)
  return all.includes(remembered) ? [remembered, ...all.filter((third) => third !== remembered)] : all
}

const listeners = async (): Promise<string> => readFile('/proc/net/tcp', 'utf8').catch(() => '')

/** True when something listens on 127.244.<third>.x according to `/proc/net/tcp` (little-endian hexadecimal, state 0A). */
export function listensIn(table: string, third: number): boolean {
  const suffix = `${third.toString(16).toUpperCase().padStart(2, '0')}F47F`
  return table
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .some(([, local, , state]) => state === '0A' && local?.slice(2, 8) === suffix)
}

export type Addresses = ReturnType<typeof createAddresses>

/** Hands out the addresses of a range, the longest unused first: a late packet or slice must not meet a new pod. */
export function createAddresses(third: number) {
  const owners = new Map<number, string>()
  let next = 2 // .1 is the node itself
  return {
    node: advertisedAddress(third, 1),
    /** The pod's address; `wished` (what its status says already) if it is of this range and free. Null when none is left. */
    allocate(uid: string, wished: string | undefined): string | null {
      const held = [...owners].find(([, owner]) => owner === uid)
      if (held) return advertisedAddress(third, held[0])
      const last = wished?.startsWith(`10.244.${third}.`) ? Number(wished.split('.')[3]) : 0
      if (last >= 2 && last <= 254 && !owners.has(last)) {
        owners.set(last, uid)
        return advertisedAddress(third, last)
      }
      for (let tried = 0; tried < 253; tried += 1) {
        const candidate = next
        next = next === 254 ? 2 : next + 1
        if (owners.has(candidate)) continue
        owners.set(candidate, uid)
        return advertisedAddress(third, candidate)
      }
      return null
    },
    release(uid: string): void {
      for (const [last, owner] of owners) if (owner === uid) owners.delete(last)
    },
  }
}
