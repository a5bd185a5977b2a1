-- Why: what a court or a contract says must stay is not removed, whoever asks for it.
-- Up Migration
set local lock_timeout = '5s';

create table legal_holds (
  id             uuid primary key,
  tenant_id      uuid not null references tenants (id),
  reason         text not null check (reason <> ''),
  until          timestamptz,
  placed_by      uuid not null,
  placed_at      timestamptz not null,
  released_by    uuid,
  released_at    timestamptz,
  release_reason text,
  check (until is null or until > placed_at),
  check ((released_at is null) = (released_by is null) and (released_at is null) = (release_reason is null))
);
comment on table legal_holds is 'While one of a tenant is in force nothing of it is removed; several may lie on one tenant, each for a matter of its own';
comment on column legal_holds.until is 'It ends by itself then; null: only when it is released';
create index legal_holds_by_tenant on legal_holds (tenant_id, id);

alter table legal_holds enable row level security;
alter table legal_holds force row level security;
create policy owner_all on legal_holds to steward_owner using (true) with check (true);
create policy operator_all on legal_holds to steward_operator using (true) with check (true);
create policy worker_all on legal_holds to steward_worker using (true) with check (true);
grant select, insert, update on legal_holds to steward_operator;
grant select on legal_holds to steward_worker;
