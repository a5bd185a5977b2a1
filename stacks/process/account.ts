import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'

export type Account = { name: string; uid: number; gid: number }

/** Reads an account from the text of `/etc/passwd`. */
export function findAccount(passwd: string, name: string): Account | undefined {
  const fields = passwd
    .split('\n')
    .map((line) => line.split(':'))
    .find(([login]) => login === name)
  return fields?.[2] && fields[3] ? { name, uid: Number(fields[2]), gid: Number(fields[3]) } : undefined
}

/** True when this process runs as root and must hand PostgreSQL and pods to other accounts. */
export const isRoot = (): boolean => process.getuid?.() === 0

/** The account PostgreSQL runs under: undefined means our own. As root it is `postgres`, which its package creates, else `nobody`. */
export async function databaseAccount(): Promise<Account | undefined> {
  if (!isRoot()) return undefined
  const passwd = await readFile('/etc/passwd', 'utf8')
  return findAccount(passwd, 'postgres') ?? findAccount(passwd, 'nobody')
}

/** Tries, as that account, whether a folder can be entered and written: modes alone do not know about mounts and ACLs. */
export async function canWrite(folder: string, account: Account): Promise<boolean> {
  const as = { uid: account.uid, gid: account.gid, cwd: '/' }
  return promisify(execFile)('test', ['-w', folder, '-a', '-x', folder], as).then(
    () => true,
    () => false,
  )
}
