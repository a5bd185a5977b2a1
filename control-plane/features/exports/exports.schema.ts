import { Type, type Static } from 'typebox'
import { closed, pageOf, pageQuery, Timestamp, Uuid } from '../../platform/schemas.ts'

const Section = Type.Object(
  {
    name: Type.String({ description: '`configuration`, `audit`, `sequences` or `table <name>`' }),
    lines: Type.Integer(),
    sha256: Type.String(),
  },
  closed,
)
export const Export = Type.Object(
  {
    id: Uuid,
    tenantId: Uuid,
    slug: Type.String(),
    operationId: Uuid,
    kind: Type.String({ description: 'Kind of the operation that made it: `tenant.export` or `tenant.decommission`' }),
    region: Type.String({ description: 'In whose store it is' }),
    state: Type.Enum(['kept', 'held', 'deleted'], { description: '`held`: a legal hold keeps it beyond its time' }),
    bytes: Type.Integer({ description: 'Of the sealed file' }),
    sha256: Type.String({ description: 'Of the sealed file' }),
    sections: Type.Array(Section, { description: 'What is inside' }),
    opensWith: Type.Enum(['tenant', 'plane'], {
      description:
        'Whose key seals its key: `tenant`, the one of its own stack, which alone opens it; `plane`, also once that is gone',
    }),
    createdAt: Timestamp,
    keepUntil: Timestamp,
    deletedAt: Type.Union([Timestamp, Type.Null()]),
  },
  {
    $id: 'Export',
    ...closed,
    examples: [
      {
        id: '0190d0ec-7f10-7c3c-9f6a-2f1a7e0b6c80',
        tenantId: '0190d0ec-7f10-7c3c-9f6a-2f1a7e0b6c55',
        slug: 'acme',
        operationId: '0190d0ec-7f10-7c3c-9f6a-2f1a7e0b6c61',
        kind: 'tenant.export',
        region: 'local-1',
        state: 'kept',
        bytes: 18211,
        sha256: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
        sections: [
          {
            name: 'configuration',
            lines: 1,
            sha256: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
          },
        ],
        opensWith: 'plane',
        createdAt: '2026-11-22T09:30:00.000Z',
        keepUntil: '2026-12-22T09:30:00.000Z',
        deletedAt: null,
      },
    ],
  },
)
export type Export = Static<typeof Export>
export const ExportPage = pageOf('Export', Export)

export const ExportKey = Type.Object(
  {
    key: Type.String({ description: '256 bits in base64url that open this one file; keep it as you keep the data' }),
  },
  { $id: 'ExportKey', ...closed, examples: [{ key: 'bm90IGEga2V5LCBidXQgYXMgbG9uZyBhcyBvbmUgaXM' }] },
)
export type ExportKey = Static<typeof ExportKey>

export const ListExports = Type.Object(
  {
    tenant: Type.Optional(
      Type.String({ pattern: '^[A-Za-z0-9-]{1,64}$', description: 'Id or slug', examples: ['acme'] }),
    ),
    ...pageQuery,
  },
  closed,
)
export type ListExports = Static<typeof ListExports>
export const ExportParams = Type.Object({ export: Uuid }, closed)
