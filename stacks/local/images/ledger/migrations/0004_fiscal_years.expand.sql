-- Why: a migration that fails on purpose, half way: the table it makes must be gone again afterwards. Only tag
-- 1.2.0-bad-migration carries it.
create table fiscal_years (
  tenant_id uuid not null,
  year      integer not null,
  primary key (tenant_id, year)
);
insert into fiscal_years (tenant_id, year) select tenant_id, fiscal_year from entries;
