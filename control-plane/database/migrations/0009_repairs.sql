-- Why: what a reconcile found and what it could not repair is kept, so that the operation can say what it did.
-- Up Migration
set local lock_timeout = '5s';

create table unit_repairs (
  operation_id uuid primary key references operations (id),
  unit_id      uuid not null references units (id),
  found        jsonb not null,
  remaining    jsonb,
  begun_at     timestamptz not null default now(),
  ended_at     timestamptz,
  check ((remaining is null) = (ended_at is null))
);
comment on table unit_repairs is 'One row per reconcile that has looked at its unit; remaining is null until it has looked again';
comment on column unit_repairs.found is 'Objects and fields that differed; values of secrets are never among them';
create index unit_repairs_by_unit on unit_repairs (unit_id, begun_at desc);

alter table unit_repairs enable row level security;
alter table unit_repairs force row level security;
create policy owner_all on unit_repairs to steward_owner using (true) with check (true);
create policy operator_all on unit_repairs to steward_operator using (true) with check (true);
create policy worker_all on unit_repairs to steward_worker using (true) with check (true);
grant select on unit_repairs to steward_operator;
grant select, insert, update on unit_repairs to steward_worker;
