-- Why: everything the plane needs to keep shared tenants: catalogue, regions, units, tenants, operations, audit, access.
-- Up Migration
set local lock_timeout = '5s';

create extension if not exists btree_gist;

-- Catalogue ---------------------------------------------------------------------------------------------------------------
create table plans (
  name        text primary key,
  title       text not null,
  isolation   text not null check (isolation in ('shared')),
  regions     text[] not null check (cardinality(regions) > 0),
  limits      jsonb not null,
  objectives  jsonb not null,
  price_minor bigint not null check (price_minor >= 0),
  currency    text not null check (currency ~ '^[A-Z]{3}$'),
  ring        text not null,
  generation  bigint not null default 1,
  created_at  timestamptz not null default now()
);

create table regions (
  name        text primary key,
  target      text not null check (target in ('local')),
  domain      text not null,
  settings    jsonb not null,
  generation  bigint not null default 1,
  created_at  timestamptz not null default now()
);
comment on column regions.settings is 'References to the cluster, gateway, edge, product database cluster and Prometheus: addresses and paths, never secrets';

-- Units and tenants -------------------------------------------------------------------------------------------------------
create table units (
  id                uuid primary key,
  kind              text not null check (kind in ('cell')),
  name              text not null unique,
  region            text not null references regions (name),
  state             text not null check (state in ('creating', 'active', 'retiring', 'retired', 'failed')),
  product           text not null,
  version           text not null,
  capacity          jsonb not null,
  tenants_revision  bigint not null default 0,
  generation        bigint not null default 1,
  created_at        timestamptz not null default now(),
  updated_at        timestamptz not null default now()
);
comment on column units.tenants_revision is 'Revision of the tenants file rendered last; rises under the row lock of the unit';
create index units_by_region on units (region, state);

create table tenants (
  id            uuid primary key,
  slug          text not null unique,
  name          text not null,
  plan          text not null references plans (name),
  region        text not null references regions (name),
  residency     text[] not null check (cardinality(residency) > 0),
  unit_id       uuid not null references units (id),
  state         text not null check (state in
                ('provisioning', 'active', 'suspending', 'suspended', 'resuming', 'decommissioning', 'decommissioned', 'failed')),
  limits        jsonb not null,
  overrides     jsonb not null default '{}',
  confirmed     jsonb not null,
  host          text not null,
  published     text not null default 'absent' check (published in ('absent', 'active', 'suspended')),
  external_id   text,
  contact       text,
  notes         text,
  ready_at      timestamptz,
  generation    bigint not null default 1,
  created_at    timestamptz not null default now(),
  updated_at    timestamptz not null default now()
);
comment on column tenants.published is 'What the tenants file of its unit says of it; changes with the revision, under the row lock of the unit';
comment on column tenants.overrides is 'Deviations from the limits of the plan; limits are the plan with these applied';
comment on column tenants.confirmed is 'Plan, overrides and limits as the last operation that succeeded left them: what a failed update goes back to';
comment on column tenants.slug is 'Never reused: the row stays as a tombstone after decommissioning';
create index tenants_by_unit on tenants (unit_id) where state <> 'decommissioned';
create index tenants_by_external_id on tenants (external_id) where external_id is not null;
create index tenants_by_contact on tenants (lower(contact)) where contact is not null;

create table conditions (
  subject             text not null,
  type                text not null,
  tenant_id           uuid,
  status              text not null check (status in ('true', 'false', 'unknown')),
  reason              text not null,
  message             text not null,
  observed_generation bigint not null,
  changed_at          timestamptz not null default now(),
  primary key (subject, type)
);

-- Operations --------------------------------------------------------------------------------------------------------------
create sequence operation_epochs;
create sequence claim_slots;

create table operations (
  id                  uuid primary key,
  sequence            bigint generated always as identity unique,
  kind                text not null,
  tenant_id           uuid,
  unit_id             uuid not null,
  region              text not null,
  state               text not null check (state in ('waiting', 'queued', 'running', 'succeeded', 'failed', 'cancelled')),
  input               jsonb not null,
  epoch               bigint,
  requested_by        uuid,
  request_id          text,
  retry_of            uuid,
  behind              uuid,
  error_code          text,
  error_message       text,
  event_sequence      bigint not null default 0,
  created_at          timestamptz not null default now(),
  admitted_at         timestamptz,
  delivered_at        timestamptz,
  cancel_requested_at timestamptz,
  cancel_delivered_at timestamptz,
  finished_at         timestamptz,
  check (state <> 'running' or epoch is not null),
  check ((state in ('succeeded', 'failed', 'cancelled')) = (finished_at is not null))
);
comment on column operations.epoch is 'Fencing epoch, drawn at admission: an effect carrying a lower one than its target has seen is refused';
comment on column operations.event_sequence is 'Number of the last event: counted under the row lock, so that a sequence has no gap and no duplicate';
comment on column operations.delivered_at is 'When the relay saw the workflow started; running and null is the outbox';
create index operations_open on operations (sequence) where finished_at is null;
create index operations_by_tenant on operations (tenant_id, sequence);
create index operations_by_unit on operations (unit_id, sequence);
create index operations_by_kind on operations (kind, finished_at) where state = 'succeeded';

create table operation_claims (
  operation_id uuid not null references operations (id),
  subject      text not null,
  mode         text not null check (mode in ('shared', 'exclusive')),
  span         int8range not null,
  primary key (operation_id, subject),
  constraint operation_claims_exclude_each_other exclude using gist (subject with =, span with &&)
);
comment on table operation_claims is 'Held by running operations only. Exclusive is [0,), shared [n,n+1): the constraint proves what admission decided';

create table operation_subjects (
  operation_id uuid not null references operations (id),
  subject      text not null,
  mode         text not null check (mode in ('shared', 'exclusive')),
  primary key (operation_id, subject)
);
create index operation_subjects_by_subject on operation_subjects (subject);
comment on table operation_subjects is 'What an open or finished operation touches, whether it holds the claim yet or not';

create table subject_locks (
  subject text primary key
);
comment on table subject_locks is 'One row per subject, locked in sorted order by whoever decides about it';

create table operation_steps (
  operation_id  uuid not null references operations (id),
  step          text not null,
  attempt       integer not null check (attempt > 0),
  tenant_id     uuid,
  state         text not null check (state in ('running', 'succeeded', 'failed')),
  started_at    timestamptz not null default now(),
  lease_until   timestamptz not null,
  finished_at   timestamptz,
  error_code    text,
  error_message text,
  primary key (operation_id, step, attempt)
);
comment on column operation_steps.lease_until is 'Renewed by heartbeats; until it has run out the activity may still be alive and its claims stay';

create table operation_events (
  operation_id uuid not null references operations (id),
  sequence     bigint not null,
  tenant_id    uuid,
  type         text not null,
  data         jsonb not null,
  at           timestamptz not null default now(),
  primary key (operation_id, sequence)
);
comment on table operation_events is 'What subscribers of an operation see; the sequence is assigned under the row lock of the operation';

create table idempotency_keys (
  operator_id   uuid not null,
  key           text not null,
  fingerprint   text not null,
  status        integer,
  headers       jsonb,
  body          jsonb,
  created_at    timestamptz not null default now(),
  primary key (operator_id, key)
);

-- Access ------------------------------------------------------------------------------------------------------------------
create table operators (
  id          uuid primary key,
  name        text not null unique,
  role        text not null,
  disabled_at timestamptz,
  created_at  timestamptz not null default now()
);

create table operator_tokens (
  id           uuid primary key,
  operator_id  uuid not null references operators (id),
  token_hash   bytea not null unique,
  created_at   timestamptz not null default now(),
  expires_at   timestamptz,
  revoked_at   timestamptz,
  last_used_at timestamptz
);
comment on column operator_tokens.token_hash is 'SHA-256 of a 256-bit random token; the token itself is shown once and never stored';

create table installation_keys (
  name       text primary key,
  key        bytea not null,
  created_at timestamptz not null default now()
);
comment on table installation_keys is 'Random keys all API processes share, for example the one that seals cursors; deleting a row makes a new key at the next start';

-- Audit -------------------------------------------------------------------------------------------------------------------
create table audit_streams (
  stream text primary key,
  tenant_id uuid,
  sequence bigint not null,
  hash bytea not null
);
comment on table audit_streams is 'Head of each chain; its row lock makes the sequence gap-free';

create table audit_events (
  stream      text not null,
  sequence    bigint not null,
  id          uuid not null unique,
  tenant_id   uuid,
  at          timestamptz not null,
  actor_id    uuid,
  action      text not null,
  subject     text not null,
  outcome     text not null check (outcome in ('succeeded', 'failed', 'refused')),
  request_id  text,
  operation_id uuid,
  canonical   text not null,
  previous    bytea not null,
  hash        bytea not null,
  primary key (stream, sequence)
);
comment on column audit_events.canonical is 'The text that is hashed: hash = sha256(previous || canonical); personal data inside only as salted commitments';
create index audit_events_by_time on audit_events (at, id);
create index audit_events_by_subject on audit_events (subject, at);
create index audit_events_by_actor on audit_events (actor_id, at);

create table audit_personal (
  event_id   uuid not null,
  field      text not null,
  tenant_id  uuid,
  salt       bytea not null,
  plain      text not null,
  primary key (event_id, field)
);
comment on table audit_personal is 'Plain values beside the commitments sha256(salt || plain) inside canonical; erasing a row keeps the proof whole';

-- Row-level security: on and forced everywhere ------------------------------------------------------------------------------
do $$
declare
  name text;
begin
  foreach name in array array['plans', 'regions', 'units', 'tenants', 'conditions', 'operations', 'operation_claims',
    'operation_subjects', 'subject_locks', 'operation_steps', 'operation_events', 'idempotency_keys', 'operators',
    'operator_tokens', 'installation_keys', 'audit_streams', 'audit_events', 'audit_personal']
  loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format('create policy owner_all on %I to steward_owner using (true) with check (true)', name);
    execute format('create policy operator_all on %I to steward_operator using (true) with check (true)', name);
    execute format('create policy worker_all on %I to steward_worker using (true) with check (true)', name);
  end loop;
  -- What a member of a tenant may see of the plane: its own tenant's rows, never another's.
  foreach name in array array['conditions', 'operations', 'operation_steps', 'operation_events', 'audit_events']
  loop
    execute format($policy$create policy member_own on %I for select to steward_member
      using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)$policy$, name);
    execute format('grant select on %I to steward_member', name);
  end loop;
  create policy member_own on tenants for select to steward_member
    using (id = nullif(current_setting('app.tenant_id', true), '')::uuid);
  grant select on tenants to steward_member;
end $$;

grant select on all tables in schema public to steward_operator, steward_worker;
grant insert, update on tenants, units, conditions, operations, operation_steps, idempotency_keys, audit_streams
  to steward_operator, steward_worker;
grant insert, update, delete on operation_claims to steward_operator, steward_worker;
grant insert on operation_subjects, operation_events, audit_events, audit_personal to steward_operator, steward_worker;
grant insert, update on subject_locks to steward_operator, steward_worker;
grant delete on idempotency_keys to steward_operator;
grant insert, update on regions, operators, operator_tokens to steward_operator;
grant insert on installation_keys to steward_operator;
grant usage on all sequences in schema public to steward_operator, steward_worker;
revoke select on operator_tokens, operators, idempotency_keys, installation_keys from steward_worker;

-- The plans every installation starts with; prices are placeholders of the catalogue, to be set by the installation.
insert into plans (name, title, isolation, regions, limits, objectives, price_minor, currency, ring) values
  ('starter-shared', 'Starter', 'shared', '{local-1}',
   '{"requestsPerSecond": 20, "burst": 40, "statementTimeoutMs": 2000}',
   '{"rtoSeconds": 3600, "rpoSeconds": 300}', 4900, 'EUR', 'general'),
  ('team-shared', 'Team', 'shared', '{local-1}',
   '{"requestsPerSecond": 100, "burst": 200, "statementTimeoutMs": 5000}',
   '{"rtoSeconds": 1800, "rpoSeconds": 60}', 19900, 'EUR', 'general');
