import { readFile } from 'node:fs/promises'
import { defineProblems } from '../../control-plane/domain/problem.ts'

export const sweepProblems = defineProblems({
  'stack.unswept': { status: 502, retryable: true, title: 'Whether something is left could not be looked at' },
})

/** `observed`: what is true of it now, for example how many objects a store holds. */
export type SeenResource = {
  kind: string
  name: string
  owner: string | null
  observed?: Readonly<Record<string, unknown>>
}

/** All resources of a target, asked with a token that can only look. Throws `stack.unswept`. */
export async function listResources(
  { url, sweepTokenFile }: { url: string; sweepTokenFile: string },
  signal: AbortSignal,
): Promise<SeenResource[]> {
  const token = (await readFile(sweepTokenFile, 'utf8')).trim()
  const response = await fetch(new URL('/resources', url), { headers: { authorization: `Bearer ${token}` }, signal })
  if (!response.ok) throw sweepProblems['stack.unswept']({ detail: `the target answered ${response.status}` })
  const { resources } = (await response.json()) as { resources: SeenResource[] } // its own contract
  return resources
}
