import { join } from 'node:path'
import pino from 'pino'
import { credentialPaths } from '../../stacks/local/credentials/paths.ts'
import { openHome } from '../../stacks/local/home.ts'
import { findPortBase, portsFrom } from '../../stacks/local/ports.ts'
import type { EstateContext } from '../../stacks/local/servers/context.ts'

/** The context of an estate whose home is below the folder, with nothing started and no tools: for its parts by themselves. */
export async function bareContext(folder: string): Promise<EstateContext> {
  const { paths, record } = await openHome({ home: join(folder, 'home'), portBase: await findPortBase() })
  return {
    paths,
    record,
    ports: portsFrom(record.portBase),
    credentials: credentialPaths(paths.credentials),
    toolchain: { tool: async (name) => name, folder: async (name) => name },
    images: [],
    root: '/',
    cache: '/',
    outside: {},
    databaseAccount: undefined,
    containers: undefined,
    podAccount: undefined,
    env: {},
    log: pino({ level: 'silent' }),
  }
}
