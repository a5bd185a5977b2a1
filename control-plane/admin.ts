import { randomBytes } from 'node:crypto'
import { rename, writeFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { parseArgs } from 'node:util'
import { backup, restore } from './database/backup.ts'
import { createAuditAppend } from './features/audit/audit.service.ts'
import { keysService } from './features/keys/keys.service.ts'
import { operatorsHost } from './features/operators/operators.host.ts'
import { sessionsStore } from './features/sessions/sessions.store.ts'
import { tokensHost } from './features/tokens/tokens.host.ts'
import { systemClock } from './platform/clock.ts'
import { loadConfig } from './platform/config.ts'
import { openDatabase, type Database } from './platform/database.ts'
import { refuse } from './platform/refuse.ts'
import { sealingKey } from './platform/sealing.ts'
import { createSigning, SIGNING_PURPOSES } from './platform/signing.ts'

const USAGE = `usage: node control-plane/admin.ts <command> [options]

  ensure-token --file FILE   create the first administrator and write its token to FILE (mode 0600); does nothing when an
                             operator exists
  reset-token --file FILE    revoke the first administrator's tokens, enable it and write a new token to FILE
  break-glass --file FILE --reason TEXT [--name NAME] [--minutes N]
                             let an administrator in for a short time: NAME (break-glass) is made, or enabled again without
                             what it had before; its token ends after N minutes (60, at most 1440)
  rotate-signing-keys        make a new signing key for every purpose: the way on after the sealing key was lost or seen
  backup --file FILE         keep the plane's database in FILE (mode 0600); the sealing key is not in it
  restore --file FILE [--replace]
                             put a verified backup into an empty database, or in place of the plane that is there; stop every
                             API and worker first

DATABASE_OWNER_URL (or DATABASE_OWNER_URL_FILE) names the database as the login that owns it; rotate-signing-keys needs
STEWARD_SEALING_KEY, too. Each is on record as done here.`

const OPTIONS = {
  file: { type: 'string' },
  reason: { type: 'string' },
  name: { type: 'string' },
  minutes: { type: 'string' },
  replace: { type: 'boolean' },
} as const
type Given = { [Name in Exclude<keyof typeof OPTIONS, 'replace'>]?: string | undefined } & {
  replace?: boolean | undefined
}
type Work = (database: Database, url: string) => Promise<string>

/** Never readable by others, never half written: the whole file appears under its name at once. */
const keepIn = (file: string) => async (token: string) => {
  const fresh = `${file}.${randomBytes(4).toString('hex')}`
  await writeFile(fresh, `${token}\n`, { mode: 0o600, flag: 'wx' })
  await rename(fresh, file)
}

const audit = createAuditAppend({ clock: systemClock })
const tokens = tokensHost({ clock: systemClock })
const hostOf = (database: Database) =>
  operatorsHost({
    database,
    clock: systemClock,
    audit,
    issueToken: tokens.issue,
    revokeTokens: tokens.revokeAll,
    endSessions: (tx, operatorId) => sessionsStore.endAll(tx, operatorId, systemClock.now().toISOString()),
  })

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

function breakGlass({ file, reason = '', name = 'break-glass', minutes = '60', ...rest }: Given): Work | undefined {
  const fine = /\S/.test(reason) && /^[A-Za-z0-9][A-Za-z0-9 ._@+-]{0,99}$/.test(name) && /^[1-9]\d{0,3}$/.test(minutes)
  if (!file || !fine || Number(minutes) > 1440 || !isEmpty(rest)) return undefined
  const asked = { name, minutes: Number(minutes), reason: reason.trim(), account: userInfo().username }
  return async (database) => {
    const { expiresAt } = await hostOf(database).breakGlass(asked, keepIn(file))
    return `${name} is let in until ${expiresAt}, on record: the token is in ${file}`
  }
}

function keepAll({ file, ...rest }: Given): Work | undefined {
  if (!file || !isEmpty(rest)) return undefined
  return async (database, url) => {
    const { sha256, bytes } = await backup(url, file, systemClock.now())
    await onRecord(database, 'plane.backup', { sha256 })
    return `${file}: ${bytes} bytes, sha256 ${sha256}. Keep STEWARD_SEALING_KEY apart from it, and as long`
  }
}

function bringBack({ file, replace = false, ...rest }: Given): Work | undefined {
  if (!file || !isEmpty(rest)) return undefined
  return async (database, url) => {
    const { at, sha256 } = await restore(url, file, { replace })
    await onRecord(database, 'plane.restore', { at, sha256 })
    return `restored as it was at ${at}: start API and worker; what was open then goes on, or ends as operation.lost and can be retried`
  }
}

const onRecord = (database: Database, action: string, detail: Record<string, string>): Promise<unknown> =>
  database.transaction((tx) =>
    audit(tx, { stream: 'installation', actor: null, action, subject: 'plane', outcome: 'succeeded', detail }),
  )

const isEmpty = (rest: object): boolean => Object.keys(rest).length === 0

/** What each command does; undefined when it was given what it does not take. */
const COMMANDS: Readonly<Record<string, (given: Given) => Work | undefined>> = {
  'ensure-token': ({ file, ...rest }) =>
    file && isEmpty(rest)
      ? async (database) =>
          (await hostOf(database).ensureToken(keepIn(file))) === 'unchanged'
            ? 'an operator exists already: nothing done'
            : `created: the token is in ${file}`
      : undefined,
  'reset-token': ({ file, ...rest }) =>
    file && isEmpty(rest)
      ? async (database) => `${await hostOf(database).resetToken(keepIn(file))}: the token is in ${file}`
      : undefined,
  'break-glass': breakGlass,
  backup: keepAll,
  restore: bringBack,
  'rotate-signing-keys': (given) => (isEmpty(given) ? rotateSigningKeys : undefined),
}

/** Undefined for whatever is no command of ours. */
function workOf(): Work | undefined {
  try {
    const { positionals, values } = parseArgs({ allowPositionals: true, options: OPTIONS })
    const [command = '', ...rest] = positionals
    return rest.length === 0 && Object.hasOwn(COMMANDS, command) ? COMMANDS[command]?.({ ...values }) : undefined
  } catch {
    return undefined // an option that there is not
  }
}

async function run(): Promise<void> {
  const work = workOf()
  if (work === undefined) {
    console.error(USAGE)
    process.exit(2)
  }
  const { DATABASE_OWNER_URL } = loadConfig(process.env, ['DATABASE_OWNER_URL'])
  const database = openDatabase({ url: DATABASE_OWNER_URL, applicationName: 'steward-admin', max: 1 })
  try {
    console.log(await work(database, DATABASE_OWNER_URL))
  } finally {
    await database.close()
  }
}

await run().catch(refuse('admin'))
