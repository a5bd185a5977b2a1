import { execFile } from 'node:child_process'
import { realpath } from 'node:fs/promises'
import { promisify } from 'node:util'
import type { LayerFile, LayerFolder } from './layer.ts'

/** Paths in the answer of `ldd`: libraries by what they resolve to, and the loader. */
export function parseLdd(text: string): string[] {
  const missing = /^\s*(\S+) => not found/m.exec(text)
  if (missing) throw new Error(`${missing[1]} is needed and not installed`)
  return [...text.matchAll(/^\s*(?:\S+ => )?(\/\S+) \(0x[0-9a-f]+\)$/gm)].map(([, path]) => path ?? '').toSorted()
}

/** The account that images run as: the number that is commonly used for "nobody in particular". */
export const IMAGE_ACCOUNT = 65_532

const ACCOUNTS: readonly LayerFile[] = [
  {
    path: '/etc/passwd',
    mode: 0o644,
    text: `root:x:0:0:root:/:/sbin/nologin\nnonroot:x:${IMAGE_ACCOUNT}:${IMAGE_ACCOUNT}:nonroot:/home/nonroot:/sbin/nologin\n`,
  },
  { path: '/etc/group', mode: 0o644, text: `root:x:0:\nnonroot:x:${IMAGE_ACCOUNT}:\n` },
  { path: '/etc/nsswitch.conf', mode: 0o644, text: 'hosts: files dns\n' },
]
export const NODE_PATH = '/usr/local/bin/node'
export const NODE_FOLDERS: readonly LayerFolder[] = [{ path: '/tmp', mode: 0o1777 }]

/** What a Node image holds beside its application: the node binary that runs us, its libraries, an account. No shell. */
export async function nodeFiles(): Promise<LayerFile[]> {
  const node = await realpath(process.execPath)
  return [...ACCOUNTS, { path: NODE_PATH, mode: 0o755, from: node }, ...(await librariesOf([node]))]
}

/** What programs or native modules load, each once, where they look for it. */
export async function librariesOf(files: readonly string[]): Promise<LayerFile[]> {
  const found = await Promise.all(
    files.map((file) =>
      promisify(execFile)('ldd', [file]).then(
        ({ stdout }) => parseLdd(stdout),
        (error: { stderr?: string }) => {
          if (error.stderr?.includes('not a dynamic executable')) return [] // it needs none
          throw error
        },
      ),
    ),
  )
  return [...new Set(found.flat())].map((path) => ({ path, mode: 0o755, from: path }))
}
