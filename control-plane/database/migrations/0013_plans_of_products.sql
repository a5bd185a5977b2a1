-- Why: a company sells more than one product; a plan may be for one of them, and a tenant is only placed where its product runs.
-- Up Migration
set local lock_timeout = '5s';

alter table plans add column product text references products (name);
comment on column plans.product is 'The product that it sells; null: whichever a tenant is created with';
create index plans_by_product on plans (product);
