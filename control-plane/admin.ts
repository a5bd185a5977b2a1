import { randomBytes } from 'node:crypto'
import { rename, writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { accessAdmin } from './features/access/access.admin.ts'
import { createAuditAppend } from './features/audit/audit.service.ts'
import { systemClock } from './platform/clock.ts'
import { loadConfig } from './platform/config.ts'
import { openDatabase } from './platform/database.ts'
import { refuse } from './platform/refuse.ts'

const USAGE = `usage: node control-plane/admin.ts <command> --file FILE

  ensure-token   create the first administrator and write its token to FILE (mode 0600); does nothing when an operator exists
  reset-token    revoke the administrator's tokens and write a new one to FILE: the way back in

DATABASE_OWNER_URL (or DATABASE_OWNER_URL_FILE) names the database as the login that owns it.`

/** Never readable by others, never half written: the whole file appears under its name at once. */
const keepIn = (file: string) => async (token: string) => {
  const fresh = `${file}.${randomBytes(4).toString('hex')}`
  await writeFile(fresh, `${token}\n`, { mode: 0o600, flag: 'wx' })
  await rename(fresh, file)
}

async function run(): Promise<void> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    strict: false,
    options: { file: { type: 'string' } },
  })
  const [command, ...rest] = positionals
  const file = values['file']
  if ((command !== 'ensure-token' && command !== 'reset-token') || rest.length > 0 || typeof file !== 'string') {
    console.error(USAGE)
    process.exit(2)
  }
  const config = loadConfig(process.env, ['DATABASE_OWNER_URL'])
  const database = openDatabase({ url: config.DATABASE_OWNER_URL, applicationName: 'steward-admin', max: 1 })
  try {
    const admin = accessAdmin({ database, clock: systemClock, audit: createAuditAppend({ clock: systemClock }) })
    const outcome = await (command === 'ensure-token'
      ? admin.ensureToken(keepIn(file))
      : admin.resetToken(keepIn(file)))
    console.log(
      outcome === 'unchanged' ? 'an operator exists already: nothing done' : `${outcome}: the token is in ${file}`,
    )
  } finally {
    await database.close()
  }
}

await run().catch(refuse('admin'))
