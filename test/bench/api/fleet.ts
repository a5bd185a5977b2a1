import { withClient } from '../../support/postgres.ts'
import { REGION_SETTINGS } from '../../support/region-settings.ts'

/** Fills the plane's database with tenants in cells of two hundred, each with a condition and an operation that succeeded. */
export async function fillFleet(root: string, tenants: number): Promise<void> {
  const cells = Math.ceil(tenants / 200)
  await withClient(root, async (client) => {
    await client.query(
      `insert into regions (name, target, domain, settings) values ('local-1', 'local', 'localhost', $1)`,
      [JSON.stringify(REGION_SETTINGS)],
    )
    await client.query(
      `insert into units (id, kind, name, region, state, product, version, capacity)
       select gen_random_uuid(), 'cell', 'cell-' || n, 'local-1', 'active', 'ledger', '1.0.0', '{"tenants": 200, "requestsPerSecond": 100000}'
         from generate_series(0, $1::int - 1) n`,
      [cells],
    )
    await client.query(
      `insert into tenants (id, slug, name, plan, region, residency, unit_id, state, limits, confirmed, host, published, contact, ready_at)
       select ('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'tenant-' || n, 'Tenant ' || n, p.name, 'local-1',
              '{local-1}', u.id, 'active', p.limits, jsonb_build_object('plan', p.name, 'overrides', '{}'::jsonb, 'limits', p.limits),
              'tenant-' || n || '.localhost', 'active', 'people-' || n || '@example.com', now()
         from generate_series(0, $1::int - 1) n
         join units u on u.name = 'cell-' || n / 200
         join plans p on p.name = 'starter-shared'`,
      [tenants],
    )
    await client.query(
      `insert into conditions (subject, type, tenant_id, status, reason, message, observed_generation)
       select 'tenant:' || id, 'Ready', id, 'true', 'Provisioned', 'It answers as the tenant', 1 from tenants`,
    )
    await client.query(
      `insert into operations (id, kind, tenant_id, unit_id, region, state, input, epoch, finished_at)
       select gen_random_uuid(), 'tenant.provision', id, unit_id, region, 'succeeded', '{}', 1, now() from tenants`,
    )
    await client.query('analyze')
  })
}
