import { knowsPins } from './release.ts'

export const PHASES = ['expand', 'contract'] as const
export type Phase = (typeof PHASES)[number]
export type Migration = { name: string; phase: Phase; sql: string }

const NOTES: Migration = {
  name: '0001_notes',
  phase: 'expand',
  sql: `
    create table notes (
      tenant_id  uuid not null,
      id         uuid not null default gen_random_uuid(),
      about      uuid,
      text       text not null,
      created_at timestamptz not null default now(),
      primary key (tenant_id, id),
      foreign key (tenant_id, about) references notes (tenant_id, id)
    );
    create index notes_by_about on notes (tenant_id, about);
    alter table notes enable row level security;
    alter table notes force row level security;
    create policy tenant on notes
      using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
      with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
    create policy owner on notes to current_user using (true) with check (true)`,
}
/** Nullable, because 1.0.0 goes on inserting rows without it. */
const PINS: Migration = {
  name: '0002_pins',
  phase: 'expand',
  sql: 'alter table notes add column pinned boolean default false',
}
const NO_NULL_PINS: Migration = {
  name: '0003_no_null_pins',
  phase: 'contract',
  sql: `update notes set pinned = false where pinned is null;
    alter table notes alter column pinned set not null`,
}

/** The migrations that belong to a version, in order. */
export const migrationsOf = (version: string): readonly Migration[] =>
  knowsPins(version) ? [NOTES, PINS, NO_NULL_PINS] : [NOTES]
