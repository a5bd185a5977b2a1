import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { LocalTarget } from '../../stacks/dedicated/programs/local/local-target.ts'
import type { StackInputs } from '../../stacks/dedicated/programs/stack-program.ts'
import type { TargetAccess } from '../../stacks/dedicated/provider/target-client.ts'
import { runStack, type RunOptions } from '../../stacks/dedicated/runner/run-stack.ts'
import type { StackOperation, StackResult } from '../../stacks/dedicated/runner/stack-run.ts'
import { toolBinary } from './kubernetes.ts'

export const ACME = 'acme'
/** What the stack is made of, at the target. */
export const NAMES = [
  'backup-store/acme-backups',
  'key/acme-key',
  'kubernetes-cluster/acme-cluster',
  'postgres-cluster/acme-db',
]

type Over = Partial<Omit<RunOptions, 'program'>> & { inputs?: Partial<StackInputs>; settings?: Partial<LocalTarget> }
export type AcmeRun = (operation: StackOperation, over?: Over) => Promise<StackResult>

/** Runs the engine on the stack of one tenant, whose state is in a folder of the test. */
export async function acmeRun(folder: string, access: TargetAccess): Promise<AcmeRun> {
  const pulumi = await toolBinary('pulumi')
  const passphraseFile = join(folder, 'passphrase')
  await writeFile(passphraseFile, 'secret words\n', { mode: 0o600 })
  return (operation, { inputs, settings, ...over } = {}) =>
    runStack({
      operation,
      stack: ACME,
      epoch: 1,
      program: {
        target: 'local',
        inputs: {
          tenant: ACME,
          unit: ACME,
          plan: 'enterprise',
          size: 'small',
          region: 'local-1',
          residency: ['local-1'],
          versions: { kubernetes: '1.35', postgres: '15' },
          ...inputs,
        },
        settings: { region: 'local-1', kubernetes: '1.35.4', postgres: '15', ...settings },
      },
      access,
      stateFolder: join(folder, 'state'),
      passphraseFile,
      pulumi,
      signal: new AbortController().signal,
      onEvent: () => undefined,
      deadlineMs: 300_000,
      ...over,
    })
}
