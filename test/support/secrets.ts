import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { CoreV1Api, KubeConfig } from '@kubernetes/client-node'
import type { Estate } from '../../stacks/local/estate.ts'
import { withClient } from './postgres.ts'

type At = Pick<Estate, 'home' | 'credentials'>

/** Every secret that an estate made: tokens, the sealing key, passwords of logins, and what Kubernetes Secrets hold. */
export async function secretsOf({ credentials }: At): Promise<string[]> {
  const files = (await readdir(credentials.folder)).filter((name) => /\.(token|url)$|^sealing\.key$/.test(name))
  const texts = await Promise.all(files.map((name) => readFile(path.join(credentials.folder, name), 'utf8')))
  const config = new KubeConfig()
  config.loadFromFile(credentials.kubeconfig('admin'))
  const { items } = await config.makeApiClient(CoreV1Api).listSecretForAllNamespaces()
  const kept = items.flatMap(({ data = {} }) =>
    Object.values(data).map((value) => Buffer.from(value, 'base64').toString()),
  )
  const bare = [...texts, ...kept].map((text) => (text.includes('://') ? new URL(text.trim()).password : text.trim()))
  return [...new Set(bare)].filter((secret) => secret.length >= 12)
}

/** Where a secret stands that should stand nowhere: logs, workflow histories, rows of the plane. */
export async function placesOf(secrets: readonly string[], { home, credentials }: At): Promise<string[]> {
  const files = [
    ...(await filesBelow(path.join(home, 'logs'))),
    ...(await filesBelow(path.join(home, 'node', 'logs'))),
    ...(await filesBelow(path.join(home, 'temporal'))),
  ]
  const found = await Promise.all(
    files.map(async (file) => {
      const text = await readFile(file, 'latin1')
      return secrets.some((secret) => text.includes(secret)) ? [file] : []
    }),
  )
  return [
    ...found.flat(),
    ...(await rowsWith(secrets, (await readFile(credentials.url('plane-admin'), 'utf8')).trim())),
  ]
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  return entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name))
}

async function rowsWith(secrets: readonly string[], url: string): Promise<string[]> {
  const at = new URL(url)
  at.pathname = '/steward'
  return withClient(at.href, async (client) => {
    const { rows: tables } = await client.query<{ name: string }>(
      "select format('%I', tablename) as name from pg_tables where schemaname = 'public'",
    )
    const found: string[] = []
    for (const { name } of tables) {
      const { rows } = await client.query<{ text: string }>(`select t::text as text from ${name} t`)
      if (rows.some(({ text }) => secrets.some((secret) => text.includes(secret)))) found.push(`table ${name}`)
    }
    return found
  })
}
