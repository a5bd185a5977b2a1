-- Why: nobody writes entries without a reference any more; what 1.0.0 wrote gets its id as one. 1.0.0 cannot run after this.
update entries set reference = id::text where reference is null;
alter table entries alter column reference set not null;
