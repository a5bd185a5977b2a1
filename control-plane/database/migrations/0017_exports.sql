-- Why: what a tenant had is kept, sealed, before it is removed or when it is asked for, and goes when its time is over.
-- Up Migration
set local lock_timeout = '5s';

create table exports (
  id           uuid primary key,
  tenant_id    uuid not null references tenants (id),
  operation_id uuid not null unique references operations (id),
  region       text not null references regions (name),
  object_key   text not null unique,
  bytes        bigint not null check (bytes > 0),
  sha256       text not null check (sha256 ~ '^[0-9a-f]{64}$'),
  manifest     jsonb not null,
  sealed_key   bytea,
  created_at   timestamptz not null,
  keep_until   timestamptz not null,
  deleted_at   timestamptz,
  removed_at   timestamptz,
  check ((sealed_key is null) = (deleted_at is not null)),
  check (removed_at is null or deleted_at is not null)
);
comment on table exports is 'Sealed exports of tenants in the store of their region';
comment on column exports.sha256 is 'Of the sealed bytes as they were stored';
comment on column exports.manifest is 'What is inside: sections with their counts and checksums, no content';
comment on column exports.sealed_key is 'The data key that opens it, sealed with STEWARD_SEALING_KEY; gone when it was deleted, so that no copy of the file opens';
comment on column exports.removed_at is 'When the file was removed from the store, after the key was';
create index exports_by_tenant on exports (tenant_id, id);
create index exports_due on exports (keep_until) where deleted_at is null;
create index exports_to_remove on exports (deleted_at) where deleted_at is not null and removed_at is null;

alter table exports enable row level security;
alter table exports force row level security;
create policy owner_all on exports to steward_owner using (true) with check (true);
create policy operator_all on exports to steward_operator using (true) with check (true);
create policy worker_all on exports to steward_worker using (true) with check (true);
grant select, update on exports to steward_operator;
grant insert on exports to steward_worker;
-- Keys are sealed by who exports, and opened by who hands them out.
revoke select on exports from steward_worker;
grant select (id, tenant_id, operation_id, region, object_key, bytes, sha256, manifest, created_at, keep_until, deleted_at, removed_at)
  on exports to steward_worker;
