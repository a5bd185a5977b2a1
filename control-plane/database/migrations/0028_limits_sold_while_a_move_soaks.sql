-- Why: what is sold to a tenant while its move soaks stays sold when that is aborted, unless the old place cannot grant it: this says what.
-- Up Migration
set local lock_timeout = '5s';

alter table moves add column not_kept jsonb not null default '[]';
comment on column moves.not_kept is 'Limits changed since the switch that an abort gives up, because plan and unit of before cannot grant them';
