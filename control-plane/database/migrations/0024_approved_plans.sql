-- Why: a catalogue plan may let a change of a stack start by itself once it is planned; then whoever plans it says so.
-- Up Migration
set local lock_timeout = '5s';

alter table operation_approvals
  add column rule text not null default 'second-operator' check (rule in ('second-operator', 'none'));
comment on column operation_approvals.rule is 'none: nobody has to agree, it waits for its change plan alone';

update plans set approvals = approvals || '{"change": "second-operator"}' where name = 'enterprise';
comment on column plans.approvals is 'Which operations on its tenants wait for a second operator; change: building or changing a dedicated stack, none when left out';

grant update (decision, decided_by, decided_at, reason, plan_hash, release) on operation_approvals to steward_worker;
