import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { parse } from 'yaml'

/** How to reach one API server: its address, what to trust, and who calls: a certificate, a bearer token or both. PEM texts. */
export type ClusterAccess = { server: string; ca?: string; cert?: string; key?: string; token?: string }

type Entry = Readonly<Record<string, unknown>>

/**
 * Reads the current context of a kubeconfig file: PEM inside it or in files beside it, a token or the file of one. It is read at
 * each use, so that rotated credentials are picked up. Throws an error that names what is missing and quotes nothing.
 */
export async function readClusterAccess(file: string): Promise<ClusterAccess> {
  const config = entry(parsed(file, await readFile(file, 'utf8')))
  const context = named(file, config, 'context', config['current-context'])
  const cluster = named(file, config, 'cluster', context['cluster'])
  const user = named(file, config, 'user', context['user'])
  const server = text(cluster['server'])?.replace(/\/$/, '')
  if (!server?.startsWith('https://')) throw new Error(`${file}: its cluster names no https server`)
  const pem = async (from: Entry, name: string) => {
    const inside = text(from[`${name}-data`])
    if (inside !== undefined) return Buffer.from(inside, 'base64').toString()
    const beside = text(from[name])
    return beside === undefined ? undefined : readFile(path.resolve(path.dirname(file), beside), 'utf8')
  }
  const tokenFile = text(user['tokenFile']) ?? text(user['token-file']) // kubectl's name, and that of the library of the worker
  const parts = {
    ca: await pem(cluster, 'certificate-authority'),
    cert: await pem(user, 'client-certificate'),
    key: await pem(user, 'client-key'),
    token: text(user['token']) ?? (tokenFile === undefined ? undefined : (await readFile(tokenFile, 'utf8')).trim()),
  }
  if (parts.token === undefined && (parts.cert === undefined || parts.key === undefined))
    throw new Error(`${file}: its user has neither a token nor a certificate with its key`)
  return { server, ...Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined)) }
}

/** The parser's own error would quote the file, which holds secrets. */
function parsed(file: string, yaml: string): unknown {
  try {
    return parse(yaml)
  } catch {
    throw new Error(`${file}: it is not YAML`)
  }
}

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)
const entry = (value: unknown): Entry => (typeof value === 'object' && value !== null ? (value as Entry) : {}) // members stay unknown

function named(file: string, config: Entry, kind: 'context' | 'cluster' | 'user', name: unknown): Entry {
  const list = config[`${kind}s`]
  const found = Array.isArray(list) ? list.map(entry).find((one) => one['name'] === name) : undefined
  if (found === undefined) throw new Error(`${file}: it has no ${kind} of the name that it refers to`)
  return entry(found[kind])
}
