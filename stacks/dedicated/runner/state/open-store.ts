import type { StackRequest } from '../stack-run.ts'
import { folderStore } from './folder-store.ts'
import type { StateStore } from './state-store.ts'

/** What is kept of the stack of a request: in its bucket where one is named, else in its folder. */
export async function openStore({
  stateFolder,
  stateBucket,
  stack,
}: Pick<StackRequest, 'stateFolder' | 'stateBucket' | 'stack'>): Promise<StateStore> {
  if (!stateBucket) return folderStore(stateFolder, stack)
  const { bucketStore } = await import('./bucket-store.ts') // its client takes a while to load
  return bucketStore(stateBucket, stack)
}
