import { readdir, readFile } from 'node:fs/promises'
import type { Leftover } from '../../control-plane/domain/leftover.ts'

/**
 * Processes of this machine that were started for one of the ids: those whose environment holds one as a whole value, as pods of
 * units have it. What a process was called with is not looked at: whoever asks for a removal by an id would be found by it. `looked`:
 * how many environments could be read; those of strangers cannot.
 */
export async function processesNaming(ids: readonly string[]): Promise<{ looked: number; found: Leftover[] }> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const all = await Promise.all(
    pids.map(async (pid) => ({ pid, environment: await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => null) })),
  )
  const read = all.filter((one): one is { pid: string; environment: string } => one.environment !== null)
  const named = read.filter(({ environment }) => ids.some((id) => `${environment}\0`.includes(`=${id}\0`)))
  return {
    looked: read.length,
    found: named.map(({ pid }) => ({ kind: 'process', name: pid, where: 'this machine' })),
  }
}
