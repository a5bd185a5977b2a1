-- Why: products are rows that anybody may register, with what each version does to the database; units know which version was wanted
-- of them, which was seen on all their pods, and what their database has been through.
-- Up Migration
set local lock_timeout = '5s';

create table products (
  name       text primary key check (name ~ '^[a-z]([a-z0-9-]*[a-z0-9])?$'),
  title      text not null,
  chart      text not null check (chart ~ '^[a-z]([a-z0-9-]*[a-z0-9])?$'),
  image      text not null,
  contract   text not null,
  generation bigint not null default 1,
  created_at timestamptz not null default now()
);
comment on column products.chart is 'Name of a folder in one of the configured chart folders; never a path';
comment on column products.image is 'Repository; the tag is the version';
comment on column products.contract is 'Version of the product contract that it keeps';

create table product_versions (
  product     text not null references products (name),
  version     text not null,
  sequence    bigint generated always as identity unique,
  schema      integer not null check (schema > 0),
  rollback_to integer not null check (rollback_to > 0),
  is_default  boolean not null default false,
  created_at  timestamptz not null default now(),
  primary key (product, version),
  check (rollback_to <= schema)
);
comment on column product_versions.schema is 'How far its expand migrations bring a database; rises with every version that changes it';
comment on column product_versions.rollback_to is 'Lowest schema whose code still runs on a database that this version has expanded';
comment on column product_versions.is_default is 'What new cells get when they name no version';
create unique index product_versions_default on product_versions (product) where is_default;

do $$
declare
  name text;
begin
  foreach name in array array['products', 'product_versions']
  loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format('create policy owner_all on %I to steward_owner using (true) with check (true)', name);
    execute format('create policy operator_all on %I to steward_operator using (true) with check (true)', name);
    execute format('create policy worker_read on %I for select to steward_worker using (true)', name);
    execute format('grant select on %I to steward_operator, steward_worker', name);
    execute format('grant insert, update on %I to steward_operator', name);
  end loop;
end $$;
grant usage on sequence product_versions_sequence_seq to steward_operator;

-- The reference product, which every installation starts with.
insert into products (name, title, chart, image, contract) values ('ledger', 'Ledger', 'ledger', 'ledger', '1');
insert into product_versions (product, version, schema, rollback_to, is_default) values
  ('ledger', '1.0.0', 1, 1, true),
  ('ledger', '1.1.0', 2, 1, false);
-- Units of before may run what was never registered; nothing is known of its migrations but that it runs.
insert into product_versions (product, version, schema, rollback_to)
  select distinct product, version, 1, 1 from units on conflict do nothing;

alter table units add column confirmed_version text;
alter table units add column schema integer not null default 0;
alter table units add column schema_floor integer not null default 0;
comment on column units.version is 'The version wanted; while a deployment runs, the one it goes to';
comment on column units.confirmed_version is 'The version that every pod was last seen to serve; null until the unit was made. What a failed deployment goes back to';
comment on column units.schema is 'How far the expand migrations of some version have brought its database';
comment on column units.schema_floor is 'Highest rollback_to of the versions that began to expand its database: no version of a lower schema may be deployed';
update units u set confirmed_version = u.version, schema = v.schema, schema_floor = v.rollback_to
  from product_versions v
 where v.product = u.product and v.version = u.version and u.state in ('active', 'retiring');
alter table units add constraint units_product foreign key (product) references products (name);
