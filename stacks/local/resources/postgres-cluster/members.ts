import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

/** What a cluster is made of. Neither is the primary by its name. */
export const MEMBERS = ['postgres-1', 'postgres-2'] as const
export type MemberName = (typeof MEMBERS)[number]

/** What a member's data folder says of it. */
export type MemberData = {
  name: MemberName
  /** It holds a whole database cluster. */
  isMade: boolean
  /** It is told to follow another: `standby.signal` is there. Promotion removes it. */
  isStandby: boolean
  /** The newest history it knows of; each promotion begins another. */
  timeline: number
}

export const otherThan = (name: MemberName): MemberName => (name === 'postgres-1' ? 'postgres-2' : 'postgres-1')

const HISTORY = /^([0-9A-F]{8})\.history$/

/**
 * Reads a member's data folder. The timeline comes from the history files, not from the control file: a promotion writes its history
 * before it removes `standby.signal`, the control file only follows with a checkpoint, so that one killed between has a history of
 * the promotion and a control file without. Synchronous, because the definitions of servers are made from it.
 */
export function readMember(clusterFolder: string, name: MemberName): MemberData {
  const data = join(clusterFolder, name, 'data')
  if (!existsSync(join(data, 'PG_VERSION'))) return { name, isMade: false, isStandby: false, timeline: 0 }
  const log = join(data, 'pg_wal') // gone where the folder is half deleted
  const histories = (existsSync(log) ? readdirSync(log) : []).flatMap((file) => HISTORY.exec(file)?.[1] ?? [])
  const timeline = Math.max(1, ...histories.map((hex) => Number.parseInt(hex, 16)))
  return { name, isMade: true, isStandby: existsSync(join(data, 'standby.signal')), timeline }
}
