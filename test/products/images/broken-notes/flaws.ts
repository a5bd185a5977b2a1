import type { ClauseId } from '../../../../control-plane/domain/contract.ts'
import type { Answer, Handle } from '../notes/handle.ts'
import type { Migration } from '../notes/schema.ts'

/** One way to break the contract, and the clause that it breaks. */
export type Flaw = {
  clause: ClauseId
  /** Changes an answer; what it is not about it leaves as it is. */
  answer?: (path: string, answer: Answer) => Answer
  /** Settings as the product misreads them. */
  env?: Readonly<Record<string, string>>
  /** Ends at once when it is told to stop. */
  abrupt?: true
  /** Exit code of the contract phase instead of its work. */
  contractExit?: number
  /** Forgets at every run that the last migration was done. */
  forgetful?: true
  migration?: string
}

const onPath =
  (wanted: string, change: (answer: Answer) => Answer): NonNullable<Flaw['answer']> =>
  (path, answer) =>
    path === wanted ? change(answer) : answer
const instead =
  (status: number): NonNullable<Flaw['answer']> =>
  (path, answer) =>
    path === '/whoami' && answer.status === status ? { status: 200, body: {} } : answer
const without = (name: string, body: unknown): object =>
  Object.fromEntries(Object.entries(body as object).filter(([member]) => member !== name))
const text = (change: (text: string) => string) => (answer: Answer) => ({
  ...answer,
  body: change(String(answer.body)),
})

export const FLAWS = {
  healthz: { clause: 'http.healthz', answer: onPath('/healthz', () => ({ status: 404, body: {} })) },
  readyz: { clause: 'http.readyz', answer: onPath('/readyz', () => ({ status: 503, body: {} })) },
  version: {
    clause: 'http.version',
    answer: onPath('/version', (answer) => ({ ...answer, body: { ...without('version', answer.body), release: 'x' } })),
  },
  deaf: {
    clause: 'tenants.reload',
    answer: onPath('/version', ({ body, ...answer }) => ({
      ...answer,
      body: { ...(body as object), tenantsRevision: 1 },
    })),
  },
  'open-silo': { clause: 'tenants.silo', env: { TENANCY: 'pool' } },
  whoami: {
    clause: 'http.whoami',
    answer: onPath('/whoami', (answer) => (answer.status === 200 ? { ...answer, body: { id: 'x' } } : answer)),
  },
  'serves-nobody': { clause: 'http.unknown-host', answer: instead(404) },
  'serves-suspended': { clause: 'http.suspended', answer: instead(403) },
  limitless: { clause: 'http.over-rate', answer: instead(429) },
  'other-metric': {
    clause: 'metrics.duration',
    answer: onPath(
      '/metrics',
      text((all) => all.replaceAll('http_server_request_duration_seconds', 'request_seconds')),
    ),
  },
  'no-tenant-label': {
    clause: 'metrics.labels',
    answer: onPath(
      '/metrics',
      text((all) => all.replaceAll(/,tenant="[^"]*"/g, '')),
    ),
  },
  forgetful: { clause: 'migrate.expand', forgetful: true, migration: 'create sequence notes_seen' },
  'no-contract': { clause: 'migrate.contract', contractExit: 2 },
  'table-of-nobody': { clause: 'tables.tenant-id', migration: 'create table drafts (id uuid primary key)' },
  'key-without-tenant': {
    clause: 'tables.primary-key',
    migration: `create table tags (tenant_id uuid not null, id uuid primary key);
      alter table tags enable row level security;
      alter table tags force row level security;
      create policy tenant on tags using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)`,
  },
  unforced: { clause: 'tables.row-security', migration: 'alter table notes no force row level security' },
  'writes-for-others': {
    clause: 'tables.row-security',
    migration: 'create policy anybody on notes for insert with check (true)',
  },
  unindexed: { clause: 'tables.foreign-keys', migration: 'drop index notes_by_about' },
  abrupt: { clause: 'stop.in-flight', abrupt: true },
} as const satisfies Record<string, Flaw>
export type FlawName = keyof typeof FLAWS
export const FLAW_NAMES = Object.keys(FLAWS) as FlawName[] // keys of a literal

/** The flaw of a tag, `1.0.0-<flaw>`; none for any other. */
export const flawOf = (tag: string): Flaw | undefined =>
  (FLAWS as Record<string, Flaw>)[tag.slice(tag.indexOf('-') + 1)]

/** The product's answers with the flaw in them. */
export const broken =
  (flaw: Flaw | undefined) =>
  (handle: Handle): Handle =>
  async (request) => {
    const answer = await handle(request)
    return flaw?.answer?.((request.url ?? '/').split('?', 1)[0] ?? '/', answer) ?? answer
  }

/** The product's migrations with the flaw in them. */
export function brokenMigrations(flaw: Flaw | undefined, migrations: readonly Migration[]): Migration[] {
  if (flaw?.migration === undefined) return [...migrations]
  const name = flaw.forgetful ? `0009_flaw_${Date.now()}` : '0009_flaw'
  return [...migrations, { name, phase: 'expand', sql: flaw.migration }]
}
