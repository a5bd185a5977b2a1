-- Why: what was recorded and measured can be proved to people who do not trust the database: signing keys, checkpoints, erasure.
-- Up Migration
set local lock_timeout = '5s';

create table signing_keys (
  id             text primary key check (id ~ '^[0-9a-f]{32}$'),
  purpose        text not null check (purpose ~ '^[a-z]+(-[a-z]+)*$'),
  public_key     bytea not null unique check (octet_length(public_key) = 32),
  sealed_private bytea,
  endorsed_by    text,
  endorsement    bytea,
  created_at     timestamptz not null,
  retired_at     timestamptz,
  check ((sealed_private is null) = (retired_at is not null)),
  check ((endorsed_by is null) = (endorsement is null))
);
comment on table signing_keys is 'Ed25519 keys, one current per purpose; retired ones stay as public keys, so that what they signed can be verified';
comment on column signing_keys.id is 'First 128 bits of the SHA-256 of the public key, in hex: whoever knows the id knows the key';
comment on column signing_keys.sealed_private is 'AES-256-GCM under STEWARD_SEALING_KEY, which is not in the database; forgotten when the key is retired';
comment on column signing_keys.endorsement is 'Signature of the key before over this one: who trusts the first key can trust them all';
create unique index signing_keys_current on signing_keys (purpose) where retired_at is null;

create table audit_checkpoints (
  sequence  bigint primary key check (sequence > 0),
  at        timestamptz not null,
  key_id    text not null,
  events    bigint not null,
  canonical text not null,
  hash      bytea not null,
  signature bytea not null
);
comment on table audit_checkpoints is 'Signed statements of where every stream stands, each naming the hash of the one before';
comment on column audit_checkpoints.canonical is 'The text that is signed; hash = sha256(canonical)';

create table audit_checkpoint_heads (
  stream     text not null,
  sequence   bigint not null,
  checkpoint bigint not null,
  hash       bytea not null,
  primary key (stream, sequence)
);
comment on table audit_checkpoint_heads is 'The heads under the Merkle root of a checkpoint: those of the streams that moved since the one before';
create index audit_checkpoint_heads_by_checkpoint on audit_checkpoint_heads (checkpoint);

-- Search by what people know: the beginning of an action, a request, an operation, a tenant.
create index audit_events_by_action on audit_events (action collate "C", at);
create index audit_events_by_tenant on audit_events (tenant_id, at) where tenant_id is not null;
create index audit_events_by_operation on audit_events (operation_id) where operation_id is not null;
create index audit_events_by_request on audit_events (request_id) where request_id is not null;
-- a hash index, because a value may be longer than a b-tree takes
create index audit_personal_by_value on audit_personal using hash (lower(plain));

create function audit_erase(about text, of_tenant uuid, this_value text) returns table (event_id uuid, field text)
  language sql security definer set search_path = '' as $$
  delete from public.audit_personal p
   using public.audit_events e
   where e.id = p.event_id
     and ((about is not null and e.subject = about) or (of_tenant is not null and p.tenant_id = of_tenant)
          or (this_value is not null and lower(p.plain) = lower(this_value)))
  returning p.event_id, p.field
$$;
comment on function audit_erase is 'The one way to delete from the record: plain personal values, whose commitments stay; no login may delete there itself';
revoke all on function audit_erase from public;
grant execute on function audit_erase to steward_operator;

do $$
declare
  name text;
begin
  foreach name in array array['signing_keys', 'audit_checkpoints', 'audit_checkpoint_heads']
  loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format('create policy owner_all on %I to steward_owner using (true) with check (true)', name);
    execute format('create policy operator_all on %I to steward_operator using (true) with check (true)', name);
    execute format('create policy worker_all on %I to steward_worker using (true) with check (true)', name);
  end loop;
end $$;
grant select, insert, update on signing_keys to steward_operator, steward_worker;
grant select, insert on audit_checkpoints, audit_checkpoint_heads to steward_operator, steward_worker;
