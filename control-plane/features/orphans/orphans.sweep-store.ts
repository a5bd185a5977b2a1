import { Type } from 'typebox'
import { MOVE_STATES } from '../../domain/moves.ts'
import type { Orphan, SweepPlace } from '../../domain/orphan.ts'
import { TENANT_STATES } from '../../domain/tenant-lifecycle.ts'
import { UNIT_KINDS } from '../../domain/unit-kinds.ts'
import { UNIT_STATES } from '../../domain/unit-lifecycle.ts'
import type { Tx } from '../../platform/database.ts'
import { query } from '../../platform/query.ts'
import { Uuid } from '../../platform/schemas.ts'
import { sql } from '../../platform/sql.ts'

const NOBODY = '00000000-0000-0000-0000-000000000000'

/** Takes the region whose turn it is and moves its next one on. No row: none is due. */
const claim = query({
  name: 'orphans.claim-region',
  row: Type.Object({ region: Type.String() }),
  sample: [1000] as [everyMs: number],
  sql: (everyMs) => sql`
    with due as (
      select r.name from regions r left join orphan_sweeps s on s.region = r.name
       where s.due_at is null or s.due_at <= now() order by s.due_at nulls first, r.name limit 1
    )
    insert into orphan_sweeps as known (region, due_at)
    select name, now() + make_interval(secs => ${everyMs}::double precision / 1000) from due
    on conflict (region) do update set due_at = excluded.due_at where known.due_at <= now()
    returning known.region`,
})

/** Every unit there ever was. One with an open operation may have something, whatever its state says. */
const units = query({
  name: 'orphans.units',
  row: Type.Object({
    id: Uuid,
    kind: Type.Enum([...UNIT_KINDS]),
    name: Type.String(),
    state: Type.Enum(UNIT_STATES),
    alive: Type.Boolean(),
    given: Type.Union([Type.Object({ namespace: Type.String(), database: Type.String() }), Type.Null()]),
  }),
  sample: [] as [],
  sql: () => sql`
    select u.id, u.kind, u.name, u.state, case when u.adopted then u.adopts end as given,
           u.state <> 'retired' or exists (select from operations o where o.unit_id = u.id and o.finished_at is null) as alive
      from units u order by u.id`,
})
const tenants = query({
  name: 'orphans.tenants',
  row: Type.Object({ id: Uuid, slug: Type.String(), state: Type.Enum(TENANT_STATES), alive: Type.Boolean() }),
  sample: [] as [],
  sql: () => sql`
    select t.id, t.slug, t.state,
           t.state <> 'decommissioned' or exists (select from operations o where o.tenant_id = t.id and o.finished_at is null) as alive
      from tenants t order by t.id`,
})
/** Every move there ever was. One that ended while an operation of it is open may still be taking something away. */
const moves = query({
  name: 'orphans.moves',
  row: Type.Object({ id: Uuid, slug: Type.String(), state: Type.Enum(MOVE_STATES), alive: Type.Boolean() }),
  sample: [] as [],
  sql: () => sql`
    select m.id, t.slug, m.state,
           m.ended_at is null or exists (select from operations o where o.tenant_id = t.id and o.kind like 'tenant.move%' and o.finished_at is null) as alive
      from moves m join tenants t on t.id = m.tenant_id order by m.id`,
})
/** Keys of exports that are kept, and of those that an open operation may be writing. */
const exportKeys = query({
  name: 'orphans.export-keys',
  row: Type.Object({ key: Type.String() }),
  sample: [] as [],
  sql: () => sql`
    select object_key as key from exports where removed_at is null
    union select tenant_id || '/' || id from operations where tenant_id is not null and finished_at is null`,
})

export type Found = Orphan & { id: string; place: SweepPlace }
const sample: Found = { id: NOBODY, place: 'edge', kind: 'k', name: 'n', where: 'w', owner: 'o' }
/** Seen for the first time it is suspected; seen again when it has been there for so long it is reported. What a person keeps stays kept. */
const see = query({
  name: 'orphans.see',
  row: Type.Object({}),
  sample: ['local-1', [sample], 1000] as [region: string, found: readonly Found[], ageMs: number],
  sql: (region, found, ageMs) => sql`
    insert into orphans as known (id, region, place, kind, name, found_in, owner, state)
    select f.id, ${region}, f.place, f.kind, f.name, f."where", f.owner, 'suspected'
      from jsonb_to_recordset(${JSON.stringify(found)}::jsonb) as f (id uuid, place text, kind text, name text, "where" text, owner text)
    on conflict (region, place, kind, found_in, name) do update set
      last_seen_at = now(), owner = excluded.owner, gone_at = null,
      first_seen_at = case when known.state = 'gone' then now() else known.first_seen_at end,
      reported_at = case
        when known.state = 'gone' then null
        when known.state = 'suspected' and known.first_seen_at <= now() - make_interval(secs => ${ageMs}::double precision / 1000) then now()
        else known.reported_at end,
      state = case
        when known.state = 'gone' then 'suspected'
        when known.state = 'suspected' and known.first_seen_at <= now() - make_interval(secs => ${ageMs}::double precision / 1000) then 'reported'
        else known.state end`,
})
/** What was only suspected leaves no trace; the rest is remembered as gone. */
const unsuspect = query({
  name: 'orphans.unsuspect',
  row: Type.Object({}),
  sample: ['local-1', ['edge']] as [region: string, places: readonly string[]],
  sql: (region, places) => sql`
    delete from orphans where region = ${region} and place = any(${places}::text[]) and state = 'suspected' and last_seen_at < now()`,
})
const vanish = query({
  name: 'orphans.vanish',
  row: Type.Object({}),
  sample: ['local-1', ['edge']] as [region: string, places: readonly string[]],
  sql: (region, places) => sql`
    update orphans set state = 'gone', gone_at = now()
     where region = ${region} and place = any(${places}::text[]) and state in ('reported', 'kept') and last_seen_at < now()`,
})
const note = query({
  name: 'orphans.note-sweep',
  row: Type.Object({}),
  sample: ['local-1', {}] as [region: string, faults: Readonly<Record<string, string>>],
  sql: (region, faults) => sql`
    insert into orphan_sweeps as known (region, due_at, swept_at, faults) values (${region}, now(), now(), ${JSON.stringify(faults)}::jsonb)
    on conflict (region) do update set swept_at = now(), faults = excluded.faults`,
})

/** The queries of a sweep. `record`: what was found in the places that could be searched, and why the others could not. */
export const sweepStore = {
  claim: (tx: Tx, everyMs: number) => tx.maybe(claim, everyMs),
  units: (tx: Tx) => tx.all(units),
  moves: (tx: Tx) => tx.all(moves),
  tenants: (tx: Tx) => tx.all(tenants),
  exportKeys: (tx: Tx) => tx.all(exportKeys),
  async record(
    tx: Tx,
    region: string,
    seen: { found: readonly Found[]; searched: readonly SweepPlace[]; faults: Readonly<Record<string, string>> },
    ageMs: number,
  ): Promise<void> {
    await tx.run(see, region, seen.found, ageMs)
    await tx.run(unsuspect, region, seen.searched)
    await tx.run(vanish, region, seen.searched)
    await tx.run(note, region, seen.faults)
  },
}
