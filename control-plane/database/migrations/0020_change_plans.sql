-- Why: what changes a dedicated stack is previewed first, and an approval holds for the plan that was shown and for no other.
-- Up Migration
set local lock_timeout = '5s';

create table change_plans (
  id            uuid primary key,
  operation_id  uuid not null references operations (id),
  tenant_id     uuid,
  number        integer not null check (number > 0),
  state         text not null default 'planning' check (state in ('planning', 'ready', 'failed')),
  hash          text check (hash ~ '^[0-9a-f]{64}$'),
  content       jsonb,
  fault_code    text,
  fault_message text,
  created_at    timestamptz not null,
  delivered_at  timestamptz,
  made_at       timestamptz,
  superseded_at timestamptz,
  begun_at      timestamptz,
  unique (operation_id, number),
  check ((state = 'ready') = (hash is not null)),
  check ((hash is null) = (content is null)),
  check ((state = 'failed') = (fault_code is not null)),
  check ((state = 'planning') = (made_at is null))
);
comment on table change_plans is 'What an operation would do to a stack; made by a workflow of its own that changes nothing';
comment on column change_plans.hash is 'Over everything that must not have moved when the change begins';
comment on column change_plans.content is 'Names, digests and numbers, never a secret';
comment on column change_plans.superseded_at is 'A later plan of the same operation has taken its place';
comment on column change_plans.begun_at is 'When the change was found to be still this one, before its first effect';
create unique index change_plans_current on change_plans (operation_id) where superseded_at is null;
create index change_plans_undelivered on change_plans (created_at) where delivered_at is null and state = 'planning';

alter table operation_approvals
  add column plan_hash text,
  add column release text[] not null default '{}';
comment on column operation_approvals.plan_hash is 'The change plan that was approved; null where the operation has none';
comment on column operation_approvals.release is 'Protected resources that the approval names';

alter table change_plans enable row level security;
alter table change_plans force row level security;
create policy owner_all on change_plans to steward_owner using (true) with check (true);
create policy operator_all on change_plans to steward_operator using (true) with check (true);
create policy worker_all on change_plans to steward_worker using (true) with check (true);
grant select, insert, update on change_plans to steward_operator;
grant select, update on change_plans to steward_worker;
