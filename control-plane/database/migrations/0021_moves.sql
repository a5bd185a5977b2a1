-- Why: a tenant moves between isolations: what is known of a move outlives its operations, and both of its units are spoken for.
-- Up Migration
set local lock_timeout = '5s';

alter table operations add column other_unit_id uuid;
comment on column operations.other_unit_id is 'The second unit that it touches, for operations of a move; null for all others';

create table moves (
  id               uuid primary key,
  tenant_id        uuid not null references tenants (id),
  source_unit_id   uuid not null references units (id),
  target_unit_id   uuid not null references units (id),
  guest_unit_id    uuid references units (id),
  before           jsonb not null,
  wanted           jsonb not null,
  state            text not null check (state in ('moving', 'stuck', 'soaking', 'retiring', 'retired', 'aborting', 'aborted')),
  rows             text not null default 'none' check (rows in ('none', 'copying', 'returned', 'erasing', 'erased')),
  taken_back       boolean not null default false,
  soak_minutes     integer not null check (soak_minutes between 0 and 43200),
  report           jsonb not null default '{}',
  begun_at         timestamptz not null default now(),
  switched_at      timestamptz,
  soaks_until      timestamptz,
  retire_operation uuid references operations (id),
  ended_at         timestamptz,
  check (source_unit_id <> target_unit_id),
  check ((ended_at is null) = (state not in ('retired', 'aborted')))
);
comment on table moves is 'One tenant on its way from one unit to another, until the old place or the new one is gone';
comment on column moves.guest_unit_id is 'The unit that lists the tenant in its tenants file beside the one it is placed in';
comment on column moves.before is 'Plan, overrides and limits in the source: what the tenant has there, and goes back to';
comment on column moves.rows is 'How far its rows are: copied and followed, taken back, or being erased at the source, from which nothing leads back';
comment on column moves.taken_back is 'Whether every step of the operation that moved it was undone, as far as undos were possible';
comment on column moves.report is 'What was measured: freeze, rows compared and verified, lag; never a row';
create unique index moves_open on moves (tenant_id) where ended_at is null;
create index moves_by_tenant on moves (tenant_id, begun_at desc);
create index moves_by_source on moves (source_unit_id) where ended_at is null;
create index moves_by_target on moves (target_unit_id) where ended_at is null;

alter table moves enable row level security;
alter table moves force row level security;
create policy owner_all on moves to steward_owner using (true) with check (true);
create policy operator_all on moves to steward_operator using (true) with check (true);
create policy worker_all on moves to steward_worker using (true) with check (true);
grant select, insert, update on moves to steward_operator;
grant select, update on moves to steward_worker;
