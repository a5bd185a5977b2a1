import type { Client } from 'pg'
import { scramVerifier } from '../../credentials/passwords.ts'
import type { Task } from '../../servers/server.ts'
import type { ResourceContext } from '../resource-kind.ts'
import { clusterPaths, readPasswords, SWEEP } from './cluster-files.ts'
import { asSuperuser } from './connect.ts'
import type { MemberName } from './members.ts'
import { REPLICATION } from './settings.ts'
import { ensureSlot } from './slots.ts'

/** Creates a login that is missing. Its password leaves this process as a verifier only; `attributes` are constants of ours. */
async function ensureLogin(client: Client, role: string, password: string, attributes: string): Promise<void> {
  const { rowCount } = await client.query('select 1 from pg_roles where rolname = $1', [role])
  if (rowCount === 1) return
  await client.query(`create role ${role} login ${attributes} password '${await scramVerifier(password)}'`)
}

/**
 * The logins beside the superuser's: one that only replicates, and the sweeper's, which reads everything and writes nothing; and
 * the slots of those that follow.
 */
export const clusterLogins = (
  at: ResourceContext,
  { primary, standbys }: { primary: MemberName; standbys: readonly MemberName[] },
  needs: readonly string[],
): Task => ({
  kind: 'task',
  name: `${at.name}.postgres-logins`,
  needs,
  run: async () => {
    const passwords = await readPasswords(clusterPaths(at.folder))
    await asSuperuser(at, primary, async (client) => {
      await ensureLogin(client, REPLICATION, passwords.replication, 'replication')
      await ensureLogin(client, SWEEP, passwords.sweep, 'bypassrls')
      await client.query(`alter role ${SWEEP} set default_transaction_read_only = on`)
      await client.query(`grant pg_read_all_data to ${SWEEP}`)
      for (const member of standbys) await ensureSlot(client, member)
    })
  },
})
