-- Why: what a dedicated tenant exports opens by its own key only, for as long as that is there.
-- Up Migration
set local lock_timeout = '5s';

alter table exports
  add column wrapped_key text,
  add column wrapped_by text,
  add column handed_over_at timestamptz;
comment on column exports.wrapped_key is 'The data key wrapped by the key of the tenant’s own stack; null: there was none, and the plane’s key alone seals it';
comment on column exports.wrapped_by is 'Name of that key at what stacks of the region are built of';
comment on column exports.handed_over_at is 'When the data key was sealed with STEWARD_SEALING_KEY, because the tenant’s own was about to be destroyed';
alter table exports drop constraint exports_check;
-- wider than it was: an export that a tenant's own key opens has none of the plane's
alter table exports add constraint exports_check check (
  (deleted_at is not null and sealed_key is null) or (deleted_at is null and (sealed_key is not null) = (wrapped_key is null or handed_over_at is not null)));
alter table exports add constraint exports_wrapped_check check ((wrapped_key is null) = (wrapped_by is null));

grant select (wrapped_key, wrapped_by, handed_over_at), update (sealed_key, handed_over_at) on exports to steward_worker;
-- who could reach what is a tenant's is part of what is exported of it: numbers and roles, no names and nothing secret
grant select (id, tenant_id, role, created_by, created_at, expires_at, opened_at) on hand_offs to steward_worker;
create policy worker_all on hand_offs to steward_worker using (true) with check (true);
grant select (id, role, disabled_at, expires_at) on operators to steward_worker;
