-- Why: what a dedicated stack is made of is looked at, too, in turns of its own: a look takes an engine and some seconds.
-- Up Migration
set local lock_timeout = '5s';

alter table drift_scans
  add column stack_due_at timestamptz,
  add column stack_observed_at timestamptz,
  add column stack_findings jsonb not null default '[]',
  add column stack_fault text;
comment on column drift_scans.stack_findings is 'Resources of a stack and their fields that differ from what was built; empty for other units';
create index drift_scans_stack_due on drift_scans (stack_due_at);
