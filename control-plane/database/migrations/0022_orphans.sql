-- Why: what carries the plane's names and belongs to nothing that it knows is found, reported and never deleted by itself.
-- Up Migration
set local lock_timeout = '5s';

create table orphan_sweeps (
  region   text primary key references regions (name),
  due_at   timestamptz not null,
  swept_at timestamptz,
  faults   jsonb not null default '{}'
);
comment on table orphan_sweeps is 'When each region was swept last; due_at is moved on by whoever begins a sweep, so that any number of workers share them';
comment on column orphan_sweeps.faults is 'Places that could not be searched, with the reason';

create table orphans (
  id            uuid primary key,
  region        text not null references regions (name),
  place         text not null check (place in ('cluster', 'databases', 'edge', 'resources', 'exports')),
  kind          text not null,
  name          text not null,
  found_in      text not null,
  owner         text not null,
  state         text not null check (state in ('suspected', 'reported', 'kept', 'gone')),
  first_seen_at timestamptz not null default now(),
  last_seen_at  timestamptz not null default now(),
  reported_at   timestamptz,
  kept_at       timestamptz,
  kept_by       uuid,
  kept_reason   text,
  gone_at       timestamptz,
  unique (region, place, kind, found_in, name),
  check ((state = 'gone') = (gone_at is not null)),
  check (state <> 'reported' or reported_at is not null),
  check ((state = 'kept') <= (kept_by is not null and kept_at is not null and kept_reason is not null))
);
comment on table orphans is 'What a sweep found and nobody owns: seen once it is suspected, seen again after a while reported; a person removes or keeps it';
comment on column orphans.owner is 'Whom it was probably of, for people';
create index orphans_by_state on orphans (state, id);

do $$
declare
  name text;
begin
  foreach name in array array['orphan_sweeps', 'orphans']
  loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format('create policy owner_all on %I to steward_owner using (true) with check (true)', name);
    execute format('create policy operator_all on %I to steward_operator using (true) with check (true)', name);
    execute format('create policy worker_all on %I to steward_worker using (true) with check (true)', name);
  end loop;
end $$;
grant select, update on orphans to steward_operator;
grant select on orphan_sweeps to steward_operator;
grant select, insert, update, delete on orphans to steward_worker;
grant select, insert, update on orphan_sweeps to steward_worker;
