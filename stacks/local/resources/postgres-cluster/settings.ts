import { databaseSettings, type Settings } from '../../servers/postgres-settings.ts'
import type { MemberName } from './members.ts'

export const REPLICATION = 'steward_replication'
/** Databases' slots of 17 and newer can follow a failover; the standby fetches them through this one. */
const SLOT_SYNC_SINCE = 17
const MAINTENANCE_DATABASE = 'postgres'

/** The slot that keeps what a member has not yet received, on whoever is primary. */
export const slotOf = (name: MemberName): string => name.replace('-', '_')

/** Words of a connection string, quoted as libpq reads them. */
export const connectionText = (words: Readonly<Record<string, string | number>>): string =>
  Object.entries(words)
    .map(([name, value]) => `${name}='${String(value).replace(/[\\']/g, String.raw`\$&`)}'`)
    .join(' ')

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`

export type MemberSettings = {
  name: MemberName
  port: number
  /** Where the other member listens: the one to follow, while this is a standby. */
  otherPort: number
  maxConnections: number
  major: number
  throwAway: boolean
  /** Files of the member's own account. */
  files: { certificate: string; key: string; authority: string; passwords: string }
}

/** How a member's copying and following connects: checked against the cluster's own authority, its password in a file. */
export const replicationConnection = ({
  name,
  otherPort,
  files,
}: Pick<MemberSettings, 'name' | 'otherPort' | 'files'>): Record<string, string | number> => ({
  host: '127.0.0.1',
  port: otherPort,
  user: REPLICATION,
  passfile: files.passwords,
  sslmode: 'verify-full',
  sslrootcert: files.authority,
  application_name: name,
  connect_timeout: 5,
})

/**
 * Settings of one member. Both have the same, but for addresses, so that either can be the primary: what only one of the two uses
 * does nothing at the other.
 */
export function memberSettings(options: MemberSettings): Settings {
  const { name, port, maxConnections, major, throwAway, files } = options
  const syncsSlots = major >= SLOT_SYNC_SINCE
  const follow = { ...replicationConnection(options), ...(syncsSlots ? { dbname: MAINTENANCE_DATABASE } : {}) }
  return {
    ...databaseSettings({ port, throwAway, maxConnections }),
    cluster_name: quoted(name),
    ssl: 'on',
    ssl_cert_file: quoted(files.certificate),
    ssl_key_file: quoted(files.key),
    max_wal_senders: 10,
    max_replication_slots: 10,
    max_slot_wal_keep_size: "'4GB'", // a standby that is gone must not fill the primary's disk: beyond this it is copied anew; a move needs what is written amid it
    wal_log_hints: 'on', // without it no deposed primary could be rewound later
    hot_standby: 'on',
    primary_conninfo: quoted(connectionText(follow)),
    primary_slot_name: quoted(slotOf(name)),
    wal_retrieve_retry_interval: "'100ms'", // at the default of 5 s a promotion may wait that long
    wal_sender_timeout: "'10s'", // a frozen standby is given up, so that the primary can still be stopped in order
    wal_receiver_timeout: "'10s'",
    wal_receiver_status_interval: "'1s'",
    ...(syncsSlots ? { sync_replication_slots: 'on', hot_standby_feedback: 'on' } : {}),
  }
}

/**
 * Who may connect: from this machine, over TLS, with a password; nobody else, nothing in clear. The replication login reaches no
 * database, but for the one that a newer standby asks about slots.
 */
export const hostRules = (major: number): string =>
  [
    `hostssl replication ${REPLICATION} 127.0.0.1/32 scram-sha-256`,
    ...(major >= SLOT_SYNC_SINCE ? [`hostssl ${MAINTENANCE_DATABASE} ${REPLICATION} 127.0.0.1/32 scram-sha-256`] : []),
    `hostssl all ${REPLICATION} 0.0.0.0/0 reject`,
    'hostssl all all 127.0.0.1/32 scram-sha-256',
    '',
  ].join('\n')
