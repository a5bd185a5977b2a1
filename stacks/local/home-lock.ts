import { realpathSync } from 'node:fs'
import { identify, type ProcessId } from '../process/proc.ts'
import { lockHolder } from '../process/lock.ts'

/** The name of the lock that whoever runs a home's estate holds; one home has one, whatever path leads to it. */
export function homeLock(home: string): string {
  try {
    return `home:${realpathSync(home)}`
  } catch {
    return `home:${home}`
  }
}

/** Who holds the home, also before it has noted itself: a daemon that is still starting. */
export async function homeHolder(home: string): Promise<ProcessId | undefined> {
  const holder = await lockHolder(homeLock(home))
  return holder ? identify(holder.pid) : undefined
}
