import { newId } from '../../control-plane/platform/ids.ts'
import type { Customers } from './customers.ts'

/** An orphan that a sweep has reported; answers its id. */
export async function reportedOrphan({ rows }: Pick<Customers, 'rows'>, name: string): Promise<string> {
  const id = newId()
  await rows(
    `insert into orphans (id, region, place, kind, name, found_in, owner, state, reported_at)
     values ($1, 'local-1', 'edge', 'EdgeRoute', $2, 'edge', 'unknown', 'reported', now())`,
    [id, name],
  )
  return id
}
