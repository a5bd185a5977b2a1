import { Type, type Static } from 'typebox'
import { FACETS } from '../../domain/facets.ts'
import { closed, pageOf, Timestamp } from '../../platform/schemas.ts'

const Url = Type.String({ pattern: '^https?://', maxLength: 500 })
const Path = Type.String({ minLength: 1, maxLength: 4096 })
const DOMAIN = '^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$'

const TenantAccessSchema = Type.Object(
  {
    server: Type.String({ pattern: '^https://[^\\s@]+$', maxLength: 500 }),
    certificateAuthority: Type.Union([
      Type.String({ pattern: '^-----BEGIN CERTIFICATE-----\\n', maxLength: 65_536 }),
      Type.Null(),
    ]),
  },
  closed,
)

const StackTargetSchema = Type.Object(
  {
    target: Type.Literal('local'),
    url: Url,
    tokenFile: Path,
    sweepTokenFile: Path,
    keyTokenFile: Type.Optional(Path),
    versions: Type.Object(
      {
        kubernetes: Type.String({ pattern: '^\\d+\\.\\d+\\.\\d+$' }),
        postgres: Type.String({ pattern: '^\\d+$' }),
      },
      closed,
    ),
  },
  closed,
)

const ExportBucketSchema = Type.Object(
  {
    name: Type.String({ pattern: '^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$' }),
    region: Type.String({ pattern: '^[a-z]{2}(-[a-z]+)+-\\d+$' }),
    endpoint: Type.Optional(Url),
    kmsKeyId: Type.Optional(Type.String({ minLength: 1, maxLength: 2048 })),
  },
  closed,
)

/** Mirrors `RegionSettings` of the domain; a test holds the two together. */
export const RegionSettingsSchema = Type.Object(
  {
    kubeconfig: Path,
    sweepKubeconfig: Path,
    productDatabaseUrlFile: Path,
    sweepDatabaseUrlFile: Path,
    gatewayUrl: Url,
    edgeUrl: Url,
    edgeAdminUrl: Url,
    edgeTokenFile: Path,
    sweepEdgeTokenFile: Type.Optional(Type.Union([Path, Type.Null()])),
    prometheusUrl: Url,
    accessKubeconfig: Type.Optional(Type.Union([Path, Type.Null()])),
    tenantAccess: Type.Optional(Type.Union([TenantAccessSchema, Type.Null()])),
    imageRegistryUrl: Type.Optional(Type.Union([Url, Type.Null()])),
    probeImage: Type.Optional(Type.Union([Type.String({ minLength: 1, maxLength: 500 }), Type.Null()])),
    podNetwork: Type.Union([Type.Object({ advertised: Type.String(), reachable: Type.String() }, closed), Type.Null()]),
    facets: Type.Array(Type.Enum(FACETS), { uniqueItems: true }),
    localProcesses: Type.Optional(Type.Boolean()),
    exportFolder: Type.Optional(Type.Union([Path, Type.Null()])),
    exportBucket: Type.Optional(Type.Union([ExportBucketSchema, Type.Null()])),
    exportRetentionDays: Type.Optional(Type.Union([Type.Integer({ minimum: 1, maximum: 3650 }), Type.Null()])),
    backupRetentionDays: Type.Optional(Type.Union([Type.Integer({ minimum: 1, maximum: 3650 }), Type.Null()])),
    instances: Type.Integer({ minimum: 0, maximum: 10_000 }),
    stacks: Type.Optional(Type.Integer({ minimum: 0, maximum: 10_000 })),
    stackTarget: Type.Optional(Type.Union([StackTargetSchema, Type.Null()])),
  },
  closed,
)

/** The file that STEWARD_REGION_FILE names. */
export const RegionFile = Type.Object(
  {
    name: Type.String({ pattern: '^[a-z][a-z0-9]*(-[a-z0-9]+)*$', maxLength: 40 }),
    target: Type.Enum(['local']),
    domain: Type.String({ pattern: DOMAIN, maxLength: 200 }),
    settings: RegionSettingsSchema,
  },
  closed,
)
export type RegionFile = Static<typeof RegionFile>

/** What callers see of a region: addresses of its parts; paths of credential files stay inside. */
export const Region = Type.Object(
  {
    name: Type.String(),
    target: Type.Enum(['local']),
    domain: Type.String({ description: 'Tenants answer at <slug>.<domain>' }),
    gatewayUrl: Type.String(),
    edgeUrl: Type.String({ description: 'Where customers connect' }),
    prometheusUrl: Type.String(),
    facets: Type.Array(Type.Enum(FACETS), { description: 'What of a private tenant it can really keep apart' }),
    instances: Type.Integer({ description: 'How many private instances fit' }),
    stacks: Type.Integer({ description: 'How many dedicated stacks fit' }),
    generation: Type.Integer(),
    createdAt: Timestamp,
  },
  {
    $id: 'Region',
    ...closed,
    examples: [
      {
        name: 'local-1',
        target: 'local',
        domain: 'localhost',
        gatewayUrl: 'http://127.0.0.1:7402',
        edgeUrl: 'http://127.0.0.1:7401',
        prometheusUrl: 'http://127.0.0.1:7416',
        facets: ['namespace', 'database'],
        instances: 100,
        stacks: 4,
        generation: 1,
        createdAt: '2026-11-22T09:30:00.000Z',
      },
    ],
  },
)
export type Region = Static<typeof Region>

export const RegionPage = pageOf('Region', Region)
