-- Why: a tenant that left a plan whose removals ask a second operator goes on asking one for as long as an approval lasts.
-- Up Migration
set local lock_timeout = '5s';

alter table tenants add column loosened_at timestamptz;
comment on column tenants.loosened_at is 'When it last went from a plan whose removals ask a second operator to one whose removals ask nobody';
