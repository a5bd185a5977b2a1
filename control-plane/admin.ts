import { randomBytes } from 'node:crypto'
import { rename, writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { accessAdmin } from './features/access/access.admin.ts'
import { createAuditAppend } from './features/audit/audit.service.ts'
import { keysService } from './features/keys/keys.service.ts'
import { systemClock } from './platform/clock.ts'
import { loadConfig } from './platform/config.ts'
import { openDatabase, type Database } from './platform/database.ts'
import { refuse } from './platform/refuse.ts'
import { sealingKey } from './platform/sealing.ts'
import { createSigning, SIGNING_PURPOSES } from './platform/signing.ts'

const USAGE = `usage: node control-plane/admin.ts <command> [--file FILE]

  ensure-token --file FILE   create the first administrator and write its token to FILE (mode 0600); does nothing when an
                             operator exists
  reset-token --file FILE    revoke the administrator's tokens and write a new one to FILE: the way back in
  rotate-signing-keys        make a new signing key for every purpose: the way on after the sealing key was lost or seen

DATABASE_OWNER_URL (or DATABASE_OWNER_URL_FILE) names the database as the login that owns it; rotate-signing-keys needs
STEWARD_SEALING_KEY, too.`

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
  const wanted = isCommand(command) && rest.length === 0 ? COMMANDS[command](file) : undefined
  if (wanted === undefined) {
    console.error(USAGE)
    process.exit(2)
  }
  const { DATABASE_OWNER_URL } = loadConfig(process.env, ['DATABASE_OWNER_URL'])
  const database = openDatabase({ url: DATABASE_OWNER_URL, applicationName: 'steward-admin', max: 1 })
  try {
    console.log(await wanted(database))
  } finally {
    await database.close()
  }
}

const audit = createAuditAppend({ clock: systemClock })
type Work = (database: Database) => Promise<string>
type File = string | boolean | undefined

async function ensureToken(database: Database, file: string): Promise<string> {
  const outcome = await accessAdmin({ database, clock: systemClock, audit }).ensureToken(keepIn(file))
  return outcome === 'unchanged' ? 'an operator exists already: nothing done' : `created: the token is in ${file}`
}
async function resetToken(database: Database, file: string): Promise<string> {
  const outcome = await accessAdmin({ database, clock: systemClock, audit }).resetToken(keepIn(file))
  return `${outcome}: the token is in ${file}`
}
async function rotateSigningKeys(database: Database): Promise<string> {
  const { STEWARD_SEALING_KEY } = loadConfig(process.env, ['STEWARD_SEALING_KEY'])
  const signing = createSigning({ key: sealingKey(STEWARD_SEALING_KEY), clock: systemClock })
  const keys = keysService({ database, signing, audit })
  const lines: string[] = []
  for (const purpose of SIGNING_PURPOSES) {
    const { id, endorsedBy } = await keys.rotate(null, purpose)
    lines.push(
      `${purpose}: ${id}, ${endorsedBy === null ? 'endorsed by no key before it' : `endorsed by ${endorsedBy}`}`,
    )
  }
  return lines.join('\n')
}

/** What each command does; undefined when it was given what it does not take. */
const COMMANDS = {
  'ensure-token': (file: File): Work | undefined =>
    typeof file === 'string' ? (db) => ensureToken(db, file) : undefined,
  'reset-token': (file: File): Work | undefined =>
    typeof file === 'string' ? (db) => resetToken(db, file) : undefined,
  'rotate-signing-keys': (file: File): Work | undefined => (file === undefined ? rotateSigningKeys : undefined),
}
const isCommand = (name: string | undefined): name is keyof typeof COMMANDS =>
  name !== undefined && Object.hasOwn(COMMANDS, name)

await run().catch(refuse('admin'))
