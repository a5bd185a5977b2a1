-- Why: what was measured is kept as it was signed, so that it can be shown to people who do not trust the plane.
-- Up Migration
set local lock_timeout = '5s';

create table evidence (
  id           uuid primary key,
  kind         text not null check (kind ~ '^[a-z]+(-[a-z]+)*$'),
  subject      text not null,
  unit_id      uuid,
  tenant_id    uuid,
  operation_id uuid not null unique,
  outcome      text not null check (outcome in ('pass', 'fail', 'inconclusive', 'not-enforced')),
  record       text not null,
  key_id       text not null,
  signature    text not null,
  measured_at  timestamptz not null
);
comment on table evidence is 'Signed records of measurements; rows are only ever added';
comment on column evidence.record is 'The canonical JSON text that is signed; every other column but the signature can be computed from it';
comment on column evidence.tenant_id is 'Whose own the unit was when it was measured; null for a cell';
create index evidence_by_time on evidence (measured_at, id);
create index evidence_by_unit on evidence (unit_id, kind, measured_at);

alter table evidence enable row level security;
alter table evidence force row level security;
create policy owner_all on evidence to steward_owner using (true) with check (true);
create policy operator_all on evidence to steward_operator using (true) with check (true);
create policy worker_all on evidence to steward_worker using (true) with check (true);
grant select, insert on evidence to steward_operator, steward_worker;
