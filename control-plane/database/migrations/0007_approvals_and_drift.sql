-- Why: an operation that destroys waits for a second operator unless the plan (or the cell) says otherwise; units are compared with
-- the cluster from time to time, and what differs is kept.
-- Up Migration
set local lock_timeout = '5s';

alter table plans add column approvals jsonb not null default '{"decommission": "second-operator"}';
comment on column plans.approvals is 'Which operations on its tenants wait for a second operator';
update plans set approvals = '{"decommission": "none"}' where name in ('starter-shared', 'team-private');

alter table units add column retire_approval text not null default 'second-operator'
  check (retire_approval in ('second-operator', 'none'));

-- Approvals ---------------------------------------------------------------------------------------------------------------
create table operation_approvals (
  operation_id uuid primary key references operations (id),
  tenant_id    uuid,
  expires_at   timestamptz not null,
  decision     text check (decision in ('approved', 'rejected', 'expired')),
  decided_by   uuid,
  decided_at   timestamptz,
  reason       text,
  check ((decision is null) = (decided_at is null)),
  check (decision <> 'rejected' or reason is not null)
);
comment on table operation_approvals is 'One row per operation that asked for an approval; decided once, under the row lock of the operation';

-- Drift -------------------------------------------------------------------------------------------------------------------
create table drift_scans (
  unit_id     uuid primary key references units (id),
  due_at      timestamptz not null,
  observed_at timestamptz,
  findings    jsonb not null default '[]',
  fault       text
);
comment on table drift_scans is 'The latest comparison of each unit with the cluster; due_at is moved on by whoever begins one, so that any number of workers share them';
comment on column drift_scans.findings is 'Objects and fields that differ; values of secrets are never among them';
create index drift_scans_due on drift_scans (due_at);

do $$
declare
  name text;
begin
  foreach name in array array['operation_approvals', 'drift_scans']
  loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format('create policy owner_all on %I to steward_owner using (true) with check (true)', name);
    execute format('create policy operator_all on %I to steward_operator using (true) with check (true)', name);
    execute format('create policy worker_all on %I to steward_worker using (true) with check (true)', name);
  end loop;
end $$;
grant select, insert, update on operation_approvals to steward_operator;
grant select on operation_approvals to steward_worker;
grant select on drift_scans to steward_operator;
grant select, insert, update, delete on drift_scans to steward_worker;
