-- Why: what was recorded and measured can be proved to people who do not trust the database: signing keys.
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

do $$
declare
  name text;
begin
  foreach name in array array['signing_keys']
  loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format('create policy owner_all on %I to steward_owner using (true) with check (true)', name);
    execute format('create policy operator_all on %I to steward_operator using (true) with check (true)', name);
    execute format('create policy worker_all on %I to steward_worker using (true) with check (true)', name);
  end loop;
end $$;
grant select, insert, update on signing_keys to steward_operator, steward_worker;
