-- Why: a dedicated tenant has a stack: a cluster and a database pair of its own, at addresses of its own.
-- Up Migration
set local lock_timeout = '5s';

alter table plans
  drop constraint plans_isolation_check,
  add constraint plans_isolation_check check (isolation in ('shared', 'private', 'dedicated')),
  drop constraint plans_check1,
  add constraint plans_check1 check ((isolation <> 'shared') = (compute is not null));

alter table units
  drop constraint units_kind_check,
  add constraint units_kind_check check (kind in ('cell', 'instance', 'stack')),
  add column access jsonb,
  add check (kind = 'stack' or access is null);
comment on column units.access is 'Where the parts of a stack are: addresses and paths of credential files, never secrets; null until it was built, and when it is gone';

alter table operations
  drop constraint operations_unit_kind_check,
  add constraint operations_unit_kind_check check (unit_kind in ('cell', 'instance', 'stack'));

insert into plans (name, title, isolation, regions, limits, facets, compute, objectives, price_minor, currency, ring, approvals) values
  ('enterprise', 'Enterprise, dedicated', 'dedicated', '{local-1}',
   '{"requestsPerSecond": 1000, "burst": 2000, "statementTimeoutMs": 15000}', null,
   '{"cpuMillis": 32000, "memoryMib": 8192, "ephemeralMib": 4096, "storageMib": 20480, "pods": 24, "objects": 60, "connections": 80}',
   '{"rtoSeconds": 300, "rpoSeconds": 5}', 490000, 'EUR', 'general', '{"decommission": "second-operator"}'),
  ('team-dedicated', 'Team, dedicated', 'dedicated', '{local-1}',
   '{"requestsPerSecond": 300, "burst": 600, "statementTimeoutMs": 10000}', null,
   '{"cpuMillis": 16000, "memoryMib": 4096, "ephemeralMib": 2048, "storageMib": 10240, "pods": 12, "objects": 60, "connections": 30}',
   '{"rtoSeconds": 600, "rpoSeconds": 30}', 190000, 'EUR', 'general', '{"decommission": "none"}');
