-- Why: accounts and balanced entries of many tenants in one database, kept apart by forced row-level security.
create table accounts (
  tenant_id  uuid not null,
  id         uuid not null,
  name       text not null,
  kind       text not null check (kind in ('asset', 'liability', 'equity', 'income', 'expense')),
  currency   text not null check (currency ~ '^[A-Z]{3}$'),
  created_at timestamptz not null default now(),
  primary key (tenant_id, id),
  constraint accounts_name_once unique (tenant_id, name)
);

create table entries (
  tenant_id   uuid not null,
  id          uuid not null,
  description text not null,
  created_at  timestamptz not null default now(),
  primary key (tenant_id, id)
);

-- Deferred, so that one tenant's rows can be copied or erased table by table in one transaction, in any order.
create table postings (
  tenant_id    uuid not null,
  entry_id     uuid not null,
  line         integer not null check (line > 0),
  account_id   uuid not null,
  amount_minor bigint not null check (amount_minor <> 0),
  primary key (tenant_id, entry_id, line),
  foreign key (tenant_id, entry_id) references entries (tenant_id, id) deferrable initially deferred,
  foreign key (tenant_id, account_id) references accounts (tenant_id, id) deferrable initially deferred
);
comment on column postings.amount_minor is 'Minor units of the account''s currency; debit is positive, credit negative';
create index postings_by_account on postings (tenant_id, account_id);

-- The service checks the sum first and answers politely; this holds for whoever else writes.
create function refuse_unbalanced_entry() returns trigger language plpgsql as $$
begin
  if (select sum(amount_minor) from postings where tenant_id = new.tenant_id and entry_id = new.entry_id) <> 0 then
    raise exception 'entry % does not balance', new.entry_id using errcode = 'check_violation';
  end if;
  return null;
end $$;
create constraint trigger postings_balance after insert or update on postings
  deferrable initially deferred for each row execute function refuse_unbalanced_entry();

-- Forced binds the owner, too: its own policy keeps backfills of later migrations from silently touching no rows.
alter table accounts enable row level security;
alter table accounts force row level security;
create policy tenant on accounts
  using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
  with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
create policy owner on accounts to current_user using (true) with check (true);

alter table entries enable row level security;
alter table entries force row level security;
create policy tenant on entries
  using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
  with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
create policy owner on entries to current_user using (true) with check (true);

alter table postings enable row level security;
alter table postings force row level security;
create policy tenant on postings
  using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
  with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
create policy owner on postings to current_user using (true) with check (true);
