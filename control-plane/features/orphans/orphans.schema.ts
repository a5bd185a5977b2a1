import { Type, type Static } from 'typebox'
import { ORPHAN_STATES, SWEEP_PLACES } from '../../domain/orphan.ts'
import { closed, pageOf, pageQuery, Timestamp, Uuid } from '../../platform/schemas.ts'

const orNull = <T extends Type.TSchema>(schema: T, description: string) =>
  Type.Union([schema, Type.Null()], { description })

export const Orphan = Type.Object(
  {
    id: Uuid,
    region: Type.String(),
    place: Type.Enum([...SWEEP_PLACES], { description: 'Which part of the region it was found in' }),
    kind: Type.String(),
    name: Type.String(),
    where: Type.String({ description: 'Namespace, server, edge or store' }),
    owner: Type.String({ description: 'Whom it was probably of' }),
    state: Type.Enum([...ORPHAN_STATES], {
      description:
        '`suspected`: seen, and not long enough yet; `reported`: a person has to decide; `kept`: known, and meant to stay; `gone`',
    }),
    firstSeenAt: Timestamp,
    lastSeenAt: Timestamp,
    reportedAt: orNull(Timestamp, 'When it had been there for long enough'),
    keptAt: orNull(Timestamp, 'When somebody said that it stays'),
    keptBy: orNull(Uuid, 'Who said so'),
    keptReason: orNull(Type.String(), 'Why'),
    goneAt: orNull(Timestamp, 'When a sweep did not find it any more'),
  },
  {
    $id: 'Orphan',
    ...closed,
    examples: [
      {
        id: '0190d0ec-7f10-7c3c-9f6a-2f1a7e0b6c80',
        region: 'local-1',
        place: 'databases' as const,
        kind: 'database',
        name: 'tenant_globex',
        where: 'product database cluster',
        owner: 'tenant globex (decommissioned)',
        state: 'reported' as const,
        firstSeenAt: '2026-11-22T09:30:00.000Z',
        lastSeenAt: '2026-11-22T10:30:00.000Z',
        reportedAt: '2026-11-22T10:00:00.000Z',
        keptAt: null,
        keptBy: null,
        keptReason: null,
        goneAt: null,
      },
    ],
  },
)
export type Orphan = Static<typeof Orphan>
export const OrphanPage = pageOf('Orphan', Orphan)
export const ListOrphans = Type.Object(
  {
    ...pageQuery,
    state: Type.Optional(Type.Enum([...ORPHAN_STATES], { description: '`reported` when left out' })),
    region: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
  },
  closed,
)
export type ListOrphans = Static<typeof ListOrphans>
export const OrphanParams = Type.Object({ orphan: Uuid }, closed)
export const KeepOrphan = Type.Object(
  {
    reason: Type.String({
      minLength: 3,
      maxLength: 500,
      pattern: '\\S',
      description: 'Why it stays; it is in the record for ever',
      examples: ['copy for ticket 4711, until March'],
    }),
  },
  { $id: 'KeepOrphan', ...closed, examples: [{ reason: 'copy for ticket 4711, until March' }] },
)
export type KeepOrphan = Static<typeof KeepOrphan>
