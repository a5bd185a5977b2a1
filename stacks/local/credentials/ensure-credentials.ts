import { readFile } from 'node:fs/promises'
import type { ContainerNetwork } from '../containers/network.ts'
import type { Ports } from '../ports.ts'
import { writeFileAtomic } from '../../process/write-file.ts'
import { ensureClusterCredentials, readIfThere } from './cluster-credentials.ts'
import { randomSecret } from './passwords.ts'
import { DATABASE_LOGINS, NODE_NAME, TOKENS, type CredentialPaths, type DatabaseLogin } from './paths.ts'

/** The name of the sealing key among the secrets. */
const SEALING = 'sealing'
/** And of the words that seal states of stacks. */
const STACKS = 'stacks'

async function ensureSecrets(paths: CredentialPaths): Promise<Record<string, string>> {
  // written below, text by name
  const known = JSON.parse((await readIfThere(paths.secrets)) ?? '{}') as Record<string, string>
  const missing = [...Object.keys(DATABASE_LOGINS), ...TOKENS, SEALING, STACKS].filter((name) => !known[name])
  if (missing.length === 0) return known
  const secrets = { ...known, ...Object.fromEntries(missing.map((name) => [name, randomSecret()])) }
  await writeFileAtomic(paths.secrets, `${JSON.stringify(secrets, null, 2)}\n`)
  return secrets
}

/** Gives an estate that has no credentials yet the sealing key of another, as it was brought back. */
export const writeSealingKey = (paths: CredentialPaths, key: Buffer): Promise<void> =>
  writeFileAtomic(paths.secrets, `${JSON.stringify({ [SEALING]: key.toString('base64url') })}\n`)

/**
 * Generates what is missing of an estate's credentials and rewrites what names an address. Safe to repeat and to interrupt:
 * what exists is kept. All files are 0600.
 */
export async function ensureCredentials(
  paths: CredentialPaths,
  ports: Ports,
  network?: ContainerNetwork,
): Promise<void> {
  const secrets = await ensureSecrets(paths)
  await writeFileAtomic(paths.sealingKey, `${secrets[SEALING]}`)
  await writeFileAtomic(paths.stackPassphrase, `${secrets[STACKS]}`)
  for (const name of TOKENS) await writeFileAtomic(paths.token(name), `${secrets[name]}`)
  // A unit's own URL is made from this one: it must hold where its pods are.
  const hosts = { 'plane-db': '127.0.0.1', 'products-db': network?.gateway ?? '127.0.0.1' }
  for (const name of Object.keys(DATABASE_LOGINS) as DatabaseLogin[]) {
    const { cluster, role, database } = DATABASE_LOGINS[name]
    await writeFileAtomic(
      paths.url(name),
      `postgres://${role}:${secrets[name]}@${hosts[cluster]}:${ports[cluster]}/${database}`,
    )
  }
  const server = `https://127.0.0.1:${ports['kube-apiserver']}`
  await ensureClusterCredentials(paths, { server, authority: 'steward', node: NODE_NAME, network })
}

/** Reads a credential file (a token or a URL) without its line end. */
export const readCredential = async (path: string): Promise<string> => (await readFile(path, 'utf8')).trim()
