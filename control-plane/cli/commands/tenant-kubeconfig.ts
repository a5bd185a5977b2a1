import { Command, Option } from 'commander'
import { createKubeconfig } from '../../client/generated/sdk.gen.ts'
import type { CreateKubeconfigData } from '../../client/generated/types.gen.ts'
import { given } from '../accepted.ts'
import { lifetime } from '../lifetime.ts'
import { intoFile } from '../secret-file.ts'
import { answer, openSession, show, type Surroundings } from '../session.ts'

type Wanted = { role: string; expiresIn?: number; out?: string }

/** `steward tenants kubeconfig`: what a private tenant's own people come to the cluster with. */
export const kubeconfig = (around: Surroundings): Command =>
  new Command('kubeconfig')
    .description('Hand a private customer a kubeconfig of its own namespace; it ends by itself and is shown this once')
    .argument('<tenant>')
    .requiredOption('--role <role>', 'tenant-admin or tenant-viewer')
    .addOption(
      new Option('--expires-in <time>', 'for example 10m, 1h or 24h; 1h when left out').argParser(
        lifetime(['m', 'h'], 'Say minutes or hours, for example 30m or 12h.'),
      ),
    )
    .option('--out <file>', 'write it there (0600) instead of showing it; the file must not exist')
    .action(async (tenant: string, { role, expiresIn, out }: Wanted, command: Command) => {
      const session = await openSession(command, around)
      const body = { role, ...given({ expiresInSeconds: expiresIn }) } as CreateKubeconfigData['body'] // the plane checks words
      const ask = () => answer(session, createKubeconfig({ client: session.client, path: { tenant }, body }))
      const made = await intoFile(out, ask, (one) => one.kubeconfig)
      if (out === undefined) return show(session, made, (one) => one.kubeconfig.trimEnd())
      const { kubeconfig: _secret, ...told } = made
      show(
        session,
        { ...told, file: out },
        () => `${made.role} of ${made.tenant} until ${made.expiresAt}: kubectl --kubeconfig ${out} get pods`,
      )
    })
