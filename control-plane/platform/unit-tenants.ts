import { sql } from './sql.ts'

/**
 * Tenants that have a place in the unit `u`: whoever is placed there, and whoever is on the way there or could still come back, with the
 * requests per second that are kept for it (`reserved`).
 */
export const tenantsOfUnit = sql`
  (select t.id as tenant_id, null::integer as reserved from tenants t where t.unit_id = u.id and t.state <> 'decommissioned'
   union all
   select m.tenant_id, (case when u.id = m.target_unit_id then m.wanted else m.before end -> 'limits' ->> 'requestsPerSecond')::integer
     from moves m join tenants t on t.id = m.tenant_id
    where m.ended_at is null and u.id in (m.source_unit_id, m.target_unit_id) and t.unit_id <> u.id)`
