import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { parse } from 'yaml'

/** How to reach one API server: PEM texts, a bearer token, or both. */
export type ClusterAccess = { server: string; ca?: string; cert?: string; key?: string; token?: string }

type Named<Key extends string> = { name: string } & Record<Key, Record<string, string>>
type Kubeconfig = {
  'current-context': string
  contexts: Named<'context'>[]
  clusters: Named<'cluster'>[]
  users: Named<'user'>[]
}

/**
 * Reads the current context of a kubeconfig file: certificates inline or as files (relative to the kubeconfig), or a token.
 * Throws an Error that names what is missing; exec plugins are not supported, the estate's own files never use them.
 */
export function readKubeconfig(path: string): ClusterAccess {
  // The file is ours (written by the estate); its shape is checked by the look-ups below.
  const config = parse(readFileSync(path, 'utf8')) as Kubeconfig
  const named = <Key extends string>(
    list: Named<Key>[],
    key: Key,
    name: string | undefined,
  ): Record<string, string> => {
    const found = list.find((entry) => entry.name === name)
    if (!found) throw new Error(`kubeconfig ${path}: no ${key} named ${name}`)
    return found[key]
  }
  const context = named(config.contexts, 'context', config['current-context'])
  const cluster = named(config.clusters, 'cluster', context['cluster'])
  const user = named(config.users, 'user', context['user'])
  const server = cluster['server']
  if (!server) throw new Error(`kubeconfig ${path}: the cluster names no server`)

  const pem = (from: Record<string, string>, name: string): string | undefined => {
    const inline = from[`${name}-data`]
    if (inline) return Buffer.from(inline, 'base64').toString('utf8')
    const file = from[name]
    return file ? readFileSync(resolve(dirname(path), file), 'utf8') : undefined
  }
  const all = {
    ca: pem(cluster, 'certificate-authority'),
    cert: pem(user, 'client-certificate'),
    key: pem(user, 'client-key'),
    token: user['token'] ?? (user['tokenFile'] ? readFileSync(user['tokenFile'], 'utf8').trim() : undefined),
  }
  const present = Object.entries(all).filter(([, value]) => value !== undefined)
  return { server: server.replace(/\/$/, ''), ...Object.fromEntries(present) }
}
