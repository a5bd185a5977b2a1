import { Type, type Static } from 'typebox'
import { closed, pageOf, pageQuery, Timestamp, Uuid } from '../../platform/schemas.ts'

const orNull = <T extends Type.TSchema>(schema: T, description: string) =>
  Type.Union([schema, Type.Null()], { description })

export const BACKUP_STATES = ['taking', 'taken', 'verified', 'removed'] as const

export const Backup = Type.Object(
  {
    id: Uuid,
    unit: Type.String({ description: 'Name of the stack' }),
    tenantId: Uuid,
    operationId: Uuid,
    region: Type.String({ description: 'Where the stack’s own store is' }),
    state: Type.Enum(BACKUP_STATES, {
      description: '`verified`: read back, opened and restored beside the database, with the rows that it should have',
    }),
    takenAt: Timestamp,
    verifiedAt: orNull(Timestamp, 'Null: nobody has seen yet that it restores'),
    bytes: orNull(Type.Integer(), 'Of the sealed file; null: it is not there whole yet'),
    sha256: orNull(Type.String(), 'Of the sealed file'),
    lsn: orNull(Type.String(), 'Place in the write-ahead log before which everything is in it'),
    tables: orNull(Type.Integer(), 'How many tables are in it'),
    rows: orNull(Type.Integer(), 'How many rows they have'),
    product: Type.String(),
    version: Type.String({ description: 'Of the product, when it was taken' }),
    schema: Type.Integer({ description: 'What the database had been through' }),
    store: Type.String({ description: 'Name of the store where stacks are built' }),
    object: Type.String({ description: 'Its key there' }),
    key: Type.String({ description: 'Name of the stack’s own key, which alone opens it' }),
    keyGeneration: Type.Integer({ description: 'Generation of that key' }),
    removedAt: orNull(Timestamp, 'Null: it is kept'),
    removedBecause: orNull(
      Type.Enum(['failed', 'retention', 'stack-gone']),
      '`failed`: its operation came to nothing; `stack-gone`: destroyed with the stack, its store and its key',
    ),
  },
  {
    $id: 'Backup',
    ...closed,
    examples: [
      {
        id: '0190d0ec-7f10-7c3c-9f6a-2f1a7e0b6c90',
        unit: 'acme',
        tenantId: '0190d0ec-7f10-7c3c-9f6a-2f1a7e0b6c55',
        operationId: '0190d0ec-7f10-7c3c-9f6a-2f1a7e0b6c91',
        region: 'local-1',
        state: 'verified' as const,
        takenAt: '2026-11-22T03:00:00.000Z',
        verifiedAt: '2026-11-22T03:00:09.000Z',
        bytes: 18211,
        sha256: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
        lsn: '0/3000148',
        tables: 4,
        rows: 120,
        product: 'ledger',
        version: '1.0.0',
        schema: 2,
        store: 'acme-backups',
        object: 'backups/0190d0ec-7f10-7c3c-9f6a-2f1a7e0b6c91',
        key: 'acme-key',
        keyGeneration: 1,
        removedAt: null,
        removedBecause: null,
      },
    ],
  },
)
export type Backup = Static<typeof Backup>
export const BackupPage = pageOf('Backup', Backup)

export const BackupParams = Type.Object({
  unit: Type.String({ pattern: '^[A-Za-z0-9-]{1,64}$', description: 'Id or name', examples: ['acme'] }),
})
export const ListBackups = Type.Object(
  {
    removed: Type.Optional(Type.Boolean({ default: false, description: 'Also those that are kept no more' })),
    ...pageQuery,
  },
  closed,
)
export type ListBackups = Static<typeof ListBackups>
