-- Why: from one moment on a removal destroys, and no hold that comes later may promise otherwise.
-- Up Migration
set local lock_timeout = '5s';

alter table tenants add column removal_confirmed uuid references operations (id);
comment on column tenants.removal_confirmed is 'The removal that found no legal hold and destroys from then on; taken back when that operation turns back after all';
create index evidence_of_tenants on evidence (tenant_id, kind, measured_at) where tenant_id is not null;
