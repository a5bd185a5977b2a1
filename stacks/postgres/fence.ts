import { databaseProblems } from './postgres.errors.ts'
import type { ProductServer, Statements } from './product-server.ts'

/** Any number would do; this one is ours. First users of a server wait for each other here instead of failing. */
const BOOTSTRAP_LOCK = 7_461_920_002
/** While an effect runs, the connection that holds its fence speaks at this pace; silent for longer, the server ends it. */
const BEAT_MS = 5000
const SILENCE_LIMIT_MS = 20_000
/** How long an effect waits for another one on the same subject before it is told to come back (`database.busy`). */
const LOCK_TIMEOUT_MS = 60_000

type Fence = { subject: string; epoch: number }
/** Throws when the fence is no longer held, or the caller was told to stop: asked before every statement of an effect. */
export type Held = () => void

/**
 * Runs an effect on a subject under its operation's epoch. A lower epoch than the subject has seen is refused with
 * `effect.fenced` before anything is done; the subject's row stays locked while the effect runs, so a newer operation waits
 * for its end, and an effect whose process froze loses the lock and is refused when it wakes.
 */
export async function fenced<T>(
  server: ProductServer,
  { subject, epoch }: Fence,
  signal: AbortSignal,
  work: (held: Held) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted()
  return server.hold(async (statements, lost) => {
    await raise(statements, subject, epoch)
    await statements.run('begin', 'begin')
    await statements.run('bound the fence', `set local idle_in_transaction_session_timeout = ${SILENCE_LIMIT_MS}`)
    await statements.run('bound waiting', `set local lock_timeout = ${LOCK_TIMEOUT_MS}`)
    const [row] = await statements.run<{ epoch: string }>(
      'lock the fence',
      'select epoch from steward.fences where subject = $1 for no key update',
      [subject],
    )
    const beat = setInterval(() => void statements.run('keep the fence', 'select 1').catch(() => {}), BEAT_MS)
    try {
      if (Number(row?.epoch) !== epoch) throw tooLate(subject, epoch, Number(row?.epoch)) // a newer one was first to the lock
      return await work(() => {
        signal.throwIfAborted()
        lost.throwIfAborted()
      })
    } finally {
      clearInterval(beat)
      await statements.run('release the fence', 'rollback').catch(() => {}) // the epoch is committed already; only the lock ends
    }
  })
}

/** Writes the epoch in a transaction of its own: it must stay even when the effect fails half-way. */
async function raise(statements: Statements, subject: string, epoch: number): Promise<void> {
  const [table] = await statements.run<{ found: string | null }>(
    'look for the fences',
    "select to_regclass('steward.fences') as found",
  )
  if (table?.found === null) await bootstrap(statements)
  const [raised] = await statements.run<{ epoch: string }>(
    'raise the fence',
    `insert into steward.fences as f (subject, epoch) values ($1, $2)
     on conflict (subject) do update set epoch = excluded.epoch where f.epoch <= excluded.epoch returning epoch`,
    [subject, epoch],
  )
  if (raised) return
  const [seen] = await statements.run<{ epoch: string }>(
    'read the fence',
    'select epoch from steward.fences where subject = $1',
    [subject],
  )
  throw tooLate(subject, epoch, Number(seen?.epoch))
}

/** Makes the bookkeeping of a fresh server. */
async function bootstrap(statements: Statements): Promise<void> {
  await statements.run('wait for the bootstrap', 'select pg_advisory_lock($1)', [BOOTSTRAP_LOCK])
  try {
    await statements.run('make the schema', 'create schema if not exists steward')
    await statements.run(
      'make the fences',
      'create table if not exists steward.fences (subject text primary key, epoch bigint not null check (epoch >= 0))',
    )
  } finally {
    await statements.run('end the bootstrap', 'select pg_advisory_unlock($1)', [BOOTSTRAP_LOCK])
  }
}

const tooLate = (subject: string, epoch: number, seen: number) =>
  databaseProblems['effect.fenced']({
    detail: `epoch ${epoch} came after epoch ${seen} at ${subject}`,
    extra: { epoch, seen },
  })
