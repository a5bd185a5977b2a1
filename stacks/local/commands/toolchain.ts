import { defaultCache } from '../home.ts'
import { obtainToolchain } from '../toolchain/obtain.ts'
import { renderToolchainEvent } from '../toolchain/progress.ts'

/** Obtains every part in the foreground. Ctrl-C ends it cleanly; run again, it resumes. */
export async function buildToolchain(): Promise<void> {
  const abort = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const)
    process.once(name, () => abort.abort(new Error(`ended by ${name}`)))
  const onEvent = (event: Parameters<typeof renderToolchainEvent>[0]) =>
    process.stdout.write(`${renderToolchainEvent(event)}\n`)
  await obtainToolchain({ cache: defaultCache(process.env), env: process.env, signal: abort.signal, onEvent }).done
}
