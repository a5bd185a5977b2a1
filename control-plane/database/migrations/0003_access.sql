-- Why: operators beyond the first: tokens narrower than their operator, people who sign in by OpenID Connect, sessions that end.
-- Up Migration
set local lock_timeout = '5s';

alter table operators
  add column issuer     text,
  add column subject    text,
  add column generation bigint not null default 1,
  add column expires_at timestamptz,
  add constraint operators_identity_whole check ((issuer is null) = (subject is null)),
  add constraint operators_identity unique (issuer, subject);
comment on column operators.issuer is 'Who vouches for this person; null: made by an administrator, lets itself in by tokens only';

comment on column operators.expires_at is 'Whom break-glass let in is shut out again then, and never counts as the administrator who is left';

alter table operator_tokens
  add column name       text,
  add column role       text,
  add column verbs      text[],
  add column created_by uuid;
comment on column operator_tokens.role is 'Takes away what this role may not; null takes nothing';
comment on column operator_tokens.verbs is 'Takes away all other verbs; null takes nothing';
comment on column operator_tokens.created_by is 'The operator who made it; null: made on the host with the login of the owner';
create unique index operator_tokens_names on operator_tokens (operator_id, name) where revoked_at is null;
create index operator_tokens_by_operator on operator_tokens (operator_id, id);

create table operator_sessions (
  id           uuid primary key,
  operator_id  uuid not null references operators (id),
  secret_hash  bytea not null unique,
  client       text not null check (client in ('browser', 'cli')),
  amr          text[] not null,
  created_at   timestamptz not null,
  expires_at   timestamptz not null,
  idle_seconds integer not null check (idle_seconds > 0),
  last_used_at timestamptz not null,
  ended_at     timestamptz,
  ended_by     text check (ended_by in ('sign-out', 'revoked', 'expired')),
  check ((ended_at is null) = (ended_by is null))
);
comment on column operator_sessions.amr is 'How the person proved itself to the identity provider (RFC 8176)';
comment on column operator_sessions.idle_seconds is 'Ends when it was not used for so long';
create index operator_sessions_by_operator on operator_sessions (operator_id, id);
create index operator_sessions_open on operator_sessions (expires_at) where ended_at is null;

create table sign_ins (
  id          uuid primary key,
  client      text not null check (client in ('browser', 'cli')),
  secret_hash bytea not null unique,
  sealed      bytea,
  return_to   text,
  next_ask_at timestamptz,
  created_at  timestamptz not null,
  expires_at  timestamptz not null,
  used_at     timestamptz
);
comment on table sign_ins is 'Sign-ins under way: each opens at most one session. State, nonce and verifier follow from a secret that only the browser or the command line holds';
comment on column sign_ins.sealed is 'The device code of the identity provider, sealed with the secret of the command line that waits';

do $$
declare
  name text;
begin
  foreach name in array array['operator_sessions', 'sign_ins']
  loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format('create policy owner_all on %I to steward_owner using (true) with check (true)', name);
    execute format('create policy operator_all on %I to steward_operator using (true) with check (true)', name);
  end loop;
end $$;
grant select, insert, update on operator_sessions, sign_ins to steward_operator;
grant delete on sign_ins to steward_operator;

-- Whoever remembers what a credential allows forgets it when this is heard: a change by any hand counts, also by plain SQL.
create function access_changed() returns trigger language plpgsql as $$
begin
  perform pg_notify('access_changed', '');
  return null;
end $$;
create trigger access_changed after update of role, disabled_at, expires_at on operators
  for each statement execute function access_changed();
create trigger access_changed after update of role, verbs, expires_at, revoked_at on operator_tokens
  for each statement execute function access_changed();
create trigger access_changed after update of expires_at, idle_seconds, ended_at on operator_sessions
  for each statement execute function access_changed();
