-- Why: customers find an entry again by their own reference, and booking the same one twice is refused. Additive: 1.0.0 keeps
-- inserting rows without a reference beside it, so the column stays nullable until the contract phase.
alter table entries add column reference text;
alter table entries add constraint entries_reference_once unique (tenant_id, reference);
