import { chmod, chown } from 'node:fs/promises'

/** The account that pods run under; undefined means the node's own, which an ordinary user cannot change. */
export type PodAccount = { uid: number; gid: number } | undefined

/** As root 65532, the number that images commonly use for "nobody in particular"; it owns nothing else on this machine. */
export const defaultPodAccount = (): PodAccount => (process.getuid?.() === 0 ? { uid: 65_532, gid: 65_532 } : undefined)

/** Lets the pods read and enter a folder or file that stays the node's own, and nobody else. */
export async function shareReadable(path: string, account: PodAccount, mode: number): Promise<void> {
  if (account) await chown(path, 0, account.gid)
  await chmod(path, account ? mode : mode & 0o700)
}

/** Gives a folder or file to the pods. */
export async function giveTo(path: string, account: PodAccount): Promise<void> {
  if (account) await chown(path, account.uid, account.gid)
}
