-- Why: the database of a dedicated stack is backed up under its own key, and that key can be rotated without losing what it sealed.
-- Up Migration
set local lock_timeout = '5s';

create table backups (
  id             uuid primary key,
  unit_id        uuid not null references units (id),
  tenant_id      uuid not null references tenants (id),
  operation_id   uuid not null unique references operations (id),
  region         text not null references regions (name),
  store          text not null,
  object_key     text not null,
  wrapped_key    text not null,
  wrapped_by     text not null,
  key_generation integer not null check (key_generation > 0),
  product        text not null,
  version        text not null,
  schema         integer not null,
  taken_at       timestamptz not null,
  bytes          bigint check (bytes > 0),
  sha256         text check (sha256 ~ '^[0-9a-f]{64}$'),
  lsn            text,
  contents       jsonb,
  verified_at    timestamptz,
  removed_at     timestamptz,
  removed_why    text check (removed_why in ('failed', 'retention', 'stack-gone')),
  cleared_at     timestamptz,
  unique (store, object_key),
  check ((bytes is null) = (sha256 is null) and (bytes is null) = (contents is null)),
  check (verified_at is null or bytes is not null),
  check ((removed_at is null) = (removed_why is null)),
  check (cleared_at is null or removed_at is not null)
);
comment on table backups is 'Backups of the databases of dedicated stacks, in the store of each stack';
comment on column backups.store is 'Name of that store at what stacks of the region are built of';
comment on column backups.wrapped_key is 'The data key that opens it, wrapped by the key of the stack; the file names the same in its header, so that it opens without the plane';
comment on column backups.taken_at is 'When it was begun; what is in it is as it was at one moment after that';
comment on column backups.bytes is 'Of the sealed file as it was stored; null: it is not there whole yet';
comment on column backups.contents is 'Tables with their rows at that moment: numbers, no content';
comment on column backups.verified_at is 'When it was read back, opened and restored, and held what it should';
comment on column backups.cleared_at is 'When the file was removed from the store, after it was noted as kept no more';
create index backups_by_unit on backups (unit_id, id);
create index backups_by_tenant on backups (tenant_id, id);

alter table backups enable row level security;
alter table backups force row level security;
create policy owner_all on backups to steward_owner using (true) with check (true);
create policy operator_all on backups to steward_operator using (true) with check (true);
create policy worker_all on backups to steward_worker using (true) with check (true);
grant select on backups to steward_operator;
grant select, insert, update on backups to steward_worker;

alter table units
  add column key_generation integer not null default 1 check (key_generation > 0),
  add column key_rotated_by uuid references operations (id);
comment on column units.key_generation is 'Generation of the stack’s own key that new things are sealed by; 1 and of no meaning for other units';
comment on column units.key_rotated_by is 'The operation that raised it last, so that its repeat does not raise it again';

alter table exports add column key_generation integer check (key_generation > 0);
comment on column exports.key_generation is 'Generation of the tenant’s own key that wraps the data key; null: it was not noted, and any may be needed';
grant select (key_generation), update (wrapped_key, key_generation) on exports to steward_worker;
