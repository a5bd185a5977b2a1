import { setTimeout as pause } from 'node:timers/promises'
import { askDaemon } from '../../stacks/local/commands/daemon-client.ts'

/** Waits for a task that an estate does behind everything else; throws when it failed. */
export async function untilTask(home: string, name: string): Promise<void> {
  for (;;) {
    const { state } = (await (await askDaemon(home, `/servers/${name}`)).json()) as { state: string } // its own contract
    if (state === 'done') return
    if (state === 'failed') throw new Error(`${name} failed: npm run estate -- logs ${name}`)
    await pause(500)
  }
}
