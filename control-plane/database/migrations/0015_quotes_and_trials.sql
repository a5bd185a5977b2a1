-- Why: a customer is quoted before it is created, shown how far it is, handed its first credentials by a link that opens once, and may try before it pays.
-- Up Migration
set local lock_timeout = '5s';

alter table plans
  add column setup_minor bigint not null default 0 check (setup_minor >= 0),
  add column trial_days integer check (trial_days between 1 and 365);
comment on column plans.setup_minor is 'What is paid once, at the start, in minor units; price_minor is per month';
comment on column plans.trial_days is 'Days after which a tenant of it is suspended unless it goes to another plan; null: it is no trial';
update plans set setup_minor = 50000 where name in ('business-private', 'regulated-private');
insert into plans (name, title, isolation, regions, limits, objectives, price_minor, currency, ring, approvals, trial_days) values
  ('trial-shared', 'Trial', 'shared', '{local-1}',
   '{"requestsPerSecond": 10, "burst": 20, "statementTimeoutMs": 2000}',
   '{"rtoSeconds": 3600, "rpoSeconds": 300}', 0, 'EUR', 'general', '{"decommission": "none"}', 14);

-- Quotes ------------------------------------------------------------------------------------------------------------------
create table quotes (
  id           uuid primary key,
  slug         text not null,
  plan         text not null references plans (name),
  region       text not null references regions (name),
  state        text not null default 'open' check (state in ('open', 'accepted', 'withdrawn')),
  terms        jsonb not null,
  seal         bytea not null,
  verdicts     jsonb not null,
  tenant_id    uuid unique,
  created_by   uuid not null,
  created_at   timestamptz not null,
  expires_at   timestamptz not null,
  decided_at   timestamptz,
  check (expires_at > created_at),
  check ((state = 'open') = (decided_at is null)),
  check ((state = 'accepted') = (tenant_id is not null))
);
comment on table quotes is 'Offers to customers; an open one past its end is expired, and nothing has to say so';
comment on column quotes.terms is 'What was offered, as text that is never computed anew: product, limits and price as the catalogue had them';
comment on column quotes.seal is 'HMAC-SHA-256 over slug, plan, region, end and terms: a quote that was changed by hand is not honoured';
comment on column quotes.verdicts is 'What was found when it was made: room, residency, how long it would take; it is looked at again on acceptance';
create index quotes_by_slug on quotes (slug);

alter table tenants
  add column quote_id uuid unique references quotes (id),
  add column sold jsonb,
  add column trial_plan text references plans (name),
  add column trial_ends_at timestamptz,
  add column trial_suspension uuid references operations (id),
  add check ((trial_plan is null) = (trial_ends_at is null));
comment on column tenants.sold is 'Plan, its limits and its price as they were quoted: they hold while the tenant is on that plan, whatever the catalogue says since';
comment on column tenants.trial_plan is 'The plan that it tries: the trial holds while it is on that plan';
comment on column tenants.trial_suspension is 'The operation that the plane asked for when the trial ended; null: not yet, or extended since';
create index tenants_on_trial on tenants (trial_ends_at) where trial_ends_at is not null and state <> 'decommissioned';

-- Links for people outside ------------------------------------------------------------------------------------------------
create table operation_shares (
  id            uuid primary key,
  operation_id  uuid not null references operations (id),
  tenant_id     uuid not null,
  secret_hash   bytea not null unique,
  created_by    uuid not null,
  created_at    timestamptz not null,
  expires_at    timestamptz not null,
  revoked_at    timestamptz,
  revoked_by    uuid
);
comment on table operation_shares is 'Links that show one operation to who has one; the secret in it is not kept';
create index operation_shares_by_operation on operation_shares (operation_id);

create table hand_offs (
  id           uuid primary key,
  tenant_id    uuid not null references tenants (id),
  secret_hash  bytea not null unique,
  role         text not null,
  sealed       bytea,
  created_by   uuid not null,
  created_at   timestamptz not null,
  expires_at   timestamptz not null,
  opened_at    timestamptz,
  check (opened_at is null or sealed is null)
);
comment on table hand_offs is 'First credentials behind links that open once';
comment on column hand_offs.sealed is 'The credentials, sealed with STEWARD_SEALING_KEY; gone when the link was opened or has ended';
create index hand_offs_by_tenant on hand_offs (tenant_id);

do $$
declare
  name text;
begin
  foreach name in array array['quotes', 'operation_shares', 'hand_offs']
  loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format('create policy owner_all on %I to steward_owner using (true) with check (true)', name);
    execute format('create policy operator_all on %I to steward_operator using (true) with check (true)', name);
    execute format('grant select, insert, update on %I to steward_operator', name);
  end loop;
end $$;
