import type pg from 'pg'
import { readCredential } from '../credentials/ensure-credentials.ts'
import { DATABASE_LOGINS, type DatabaseLogin } from '../credentials/paths.ts'
import { scramVerifier } from '../credentials/passwords.ts'
import type { EstateContext } from './context.ts'
import { asSuperuser } from './postgres.ts'
import type { Task } from './server.ts'

const OWNER = DATABASE_LOGINS['plane-owner'].role
const PLANE = DATABASE_LOGINS['plane-owner'].database
const SWEEP = DATABASE_LOGINS['products-sweep'].role

/** Creates a login, if it is missing, with the password of its credential file. `attributes` are constants of ours. */
async function ensureLogin(
  context: EstateContext,
  client: pg.Client,
  login: DatabaseLogin,
  attributes = '',
): Promise<void> {
  const { role } = DATABASE_LOGINS[login]
  const { rowCount } = await client.query('select 1 from pg_roles where rolname = $1', [role])
  if (rowCount === 1) return
  const url = new URL(await readCredential(context.credentials.url(login)))
  const verifier = await scramVerifier(decodeURIComponent(url.password))
  await client.query(`create role ${role} login ${attributes} password '${verifier}'`)
}

/** The plane's logins and its database, which belongs to the one that migrates. */
export const planeRoles = (context: EstateContext): Task => ({
  kind: 'task',
  name: 'plane-roles',
  needs: ['plane-db'],
  run: () =>
    asSuperuser(context, 'plane-db', async (client) => {
      const logins = ['plane-owner', 'plane-operator', 'plane-worker', 'plane-member'] as const
      for (const login of logins) await ensureLogin(context, client, login)
      const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [PLANE])
      if (rowCount === 0) await client.query(`create database ${PLANE} owner ${OWNER}`)
      await client.query(`revoke connect, temporary on database ${PLANE} from public`)
      const roles = logins.map((login) => DATABASE_LOGINS[login].role).join(', ')
      await client.query(`grant connect on database ${PLANE} to ${roles}`)
    }),
})

/** The sweeper's login of the product cluster: it reads everything, past row-level security, and writes nothing. */
export const productsRoles = (context: EstateContext): Task => ({
  kind: 'task',
  name: 'products-roles',
  needs: ['products-db'],
  run: () =>
    asSuperuser(context, 'products-db', async (client) => {
      await ensureLogin(context, client, 'products-sweep', 'bypassrls')
      await client.query(`alter role ${SWEEP} set default_transaction_read_only = on`)
      await client.query(`grant pg_read_all_data to ${SWEEP}`)
    }),
})
