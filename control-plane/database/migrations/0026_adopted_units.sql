-- Why: what an existing customer has, a namespace and a database under names of its own, can become a unit without being made anew.
-- Up Migration
set local lock_timeout = '5s';

alter table units
  add column adopts jsonb check (jsonb_typeof(adopts) = 'object' and adopts ? 'namespace' and adopts ? 'database'),
  add column adopted boolean not null default false,
  add column found_database jsonb,
  add constraint units_adopted_what check (adopts is not null or not adopted);
comment on column units.adopts is 'Namespace and database that it was asked to adopt; null: it is made anew, under names that follow from its own';
comment on column units.adopted is 'Whether they are taken over; what is not, or was let go again, is not the unit''s';
comment on column units.found_database is 'Owner and rights of everybody as they were before, for the way back';

create unique index units_adopted_namespace on units (region, (adopts ->> 'namespace')) where adopted and state <> 'retired';
create unique index units_adopted_database on units (region, (adopts ->> 'database')) where adopted and state <> 'retired';
