import type { ContainerTools } from '../containers/machine.ts'
import type { ContainerNetwork } from '../containers/network.ts'
import type { CredentialPaths } from '../credentials/paths.ts'
import type { EstateRecord, HomePaths } from '../home.ts'
import type { Log } from '../kube/log.ts'
import type { Ports } from '../ports.ts'
import type { Account } from '../../process/account.ts'
import type { Toolchain } from '../toolchain/obtain.ts'
import type { Outside } from './outside.ts'

/** What the definitions of an estate's servers are made from. */
export type EstateContext = {
  paths: HomePaths
  record: EstateRecord
  ports: Ports
  credentials: CredentialPaths
  toolchain: Pick<Toolchain, 'tool' | 'folder'>
  /** Folders with images of products, the reference product's first. */
  images: readonly string[]
  /** Root of the checkout: where the programs of api and worker are. */
  root: string
  cache: string
  /** Parts that are somebody else's, by address. */
  outside: Outside
  /** The account PostgreSQL runs under, as root. */
  databaseAccount: Account | undefined
  /** Set when pods run in containers: their network, what runs them, and whether the kernel lets network policies open anything. */
  containers: { network: ContainerNetwork; tools: ContainerTools; policies: boolean } | undefined
  /** The account pods run under, as root. */
  podAccount: { uid: number; gid: number } | undefined
  env: Readonly<Record<string, string | undefined>>
  log: Log
}

/** The environment of tools that are not ours: nothing of the user's shell but what finds programs and trusts hosts. */
export function plainEnvironment(
  context: Pick<EstateContext, 'env'> & { paths: Pick<HomePaths, 'home'> },
): Record<string, string> {
  return { PATH: context.env['PATH'] ?? '/usr/bin:/bin', HOME: context.paths.home, LANG: 'C.UTF-8', TZ: 'UTC' }
}

/** Every process of an estate carries this in its environment, with the estate's random id. */
export const ESTATE_MARK = 'STEWARD_ESTATE'

/** The same for a tool of a preparation: marked, because one that outlives a killed daemon must be found by the next. */
export const markedEnvironment = (
  context: Parameters<typeof plainEnvironment>[0] & { record: Pick<EstateRecord, 'id'> },
): Record<string, string> => ({ ...plainEnvironment(context), [ESTATE_MARK]: context.record.id })
