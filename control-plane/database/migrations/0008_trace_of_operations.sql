-- Why: an operation is carried out in the trace of the request that asked for it, whoever carries it out and whenever.
-- Up Migration
set local lock_timeout = '5s';

alter table operations add column trace_parent text
  check (trace_parent ~ '^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$');
comment on column operations.trace_parent is 'W3C traceparent of the request that asked for it; null: it came from none';
