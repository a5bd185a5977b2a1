-- Why: a private tenant has a unit of its own, an instance; plans choose what it has to itself, regions say what they can enforce.
-- Up Migration
set local lock_timeout = '5s';

alter table plans
  drop constraint plans_isolation_check,
  add constraint plans_isolation_check check (isolation in ('shared', 'private')),
  add column facets text[] check (facets <@ array['namespace', 'database', 'network']),
  add column compute jsonb,
  add check (isolation = 'private' or facets is null),
  add check ((isolation = 'private') = (compute is not null));
comment on column plans.facets is 'What a private tenant has to itself; null: all that the region can enforce';
comment on column plans.compute is 'What a private instance may use of the cluster and of the database cluster: its quota and its limit ranges';

alter table units
  drop constraint units_kind_check,
  add constraint units_kind_check check (kind in ('cell', 'instance')),
  drop constraint units_state_check,
  add constraint units_state_check check (state in ('creating', 'active', 'suspended', 'retiring', 'retired', 'failed')),
  alter column capacity drop not null,
  add check ((kind = 'cell') = (capacity is not null)),
  add column facets text[] not null default '{}' check (facets <@ array['namespace', 'database', 'network']);
comment on column units.facets is 'What an instance has to itself, as decided when it was made; empty for a cell';

alter table operations
  add column unit_kind text not null default 'cell' check (unit_kind in ('cell', 'instance'));
comment on column operations.unit_kind is 'Kind of the unit as the operation was asked for: decides its steps';

-- A region that has not said yet what it can enforce offers nothing to itself; the region file says it at the next start.
update regions set settings = settings || '{"facets": [], "instances": 0}';

insert into plans (name, title, isolation, regions, limits, facets, compute, objectives, price_minor, currency, ring) values
  ('team-private', 'Team, private', 'private', '{local-1}',
   '{"requestsPerSecond": 200, "burst": 400, "statementTimeoutMs": 5000}', '{namespace,database}',
   '{"cpuMillis": 8000, "memoryMib": 2048, "ephemeralMib": 1024, "storageMib": 0, "pods": 8, "objects": 20, "connections": 30}',
   '{"rtoSeconds": 1800, "rpoSeconds": 60}', 49900, 'EUR', 'general'),
  ('business-private', 'Business, private', 'private', '{local-1}',
   '{"requestsPerSecond": 500, "burst": 1000, "statementTimeoutMs": 10000}', null,
   '{"cpuMillis": 16000, "memoryMib": 4096, "ephemeralMib": 2048, "storageMib": 10240, "pods": 16, "objects": 40, "connections": 60}',
   '{"rtoSeconds": 900, "rpoSeconds": 60}', 99900, 'EUR', 'general'),
  ('regulated-private', 'Regulated, private', 'private', '{local-1}',
   '{"requestsPerSecond": 500, "burst": 1000, "statementTimeoutMs": 10000}', '{namespace,database,network}',
   '{"cpuMillis": 16000, "memoryMib": 4096, "ephemeralMib": 2048, "storageMib": 10240, "pods": 16, "objects": 40, "connections": 60}',
   '{"rtoSeconds": 900, "rpoSeconds": 60}', 149900, 'EUR', 'general');
