-- Why: what comes of holding a product against its contract is evidence, too, and has an outcome of its own: not checked.
-- Up Migration
set local lock_timeout = '5s';

alter table evidence
  drop constraint evidence_outcome_check,
  add constraint evidence_outcome_check check (outcome in ('pass', 'fail', 'inconclusive', 'not-enforced', 'not-checked'));
