import { obtainContainerTools } from '../containers/machine.ts'
import type { NodeKind } from '../containers/network.ts'
import { defaultCache } from '../home.ts'
import { obtainToolchain } from '../toolchain/obtain.ts'
import { partsFor } from '../toolchain/parts.ts'
import { renderToolchainEvent } from '../toolchain/progress.ts'

const say = (line: string): void => {
  process.stdout.write(`${line}\n`)
}

/** Obtains every part in the foreground, and what containers take when they are wanted. Ctrl-C ends it cleanly; run again, it resumes. */
export async function buildToolchain(node?: NodeKind): Promise<void> {
  const abort = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const)
    process.once(name, () => abort.abort(new Error(`ended by ${name}`)))
  if (node === 'containers') await obtainContainerTools(process.env, say)
  const onEvent = (event: Parameters<typeof renderToolchainEvent>[0]) => say(renderToolchainEvent(event))
  const { signal } = abort
  await obtainToolchain({
    cache: defaultCache(process.env),
    parts: partsFor(node),
    env: process.env,
    signal,
    onEvent,
  }).done
}
