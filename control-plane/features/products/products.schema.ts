import { Type, type Static } from 'typebox'
import { CONTRACT_VERSIONS, PRODUCT_NAME_MAX, PRODUCT_NAME_PATTERN } from '../../domain/products.ts'
import { closed, pageOf, ref, Timestamp } from '../../platform/schemas.ts'

const label = (description: string, example: string) =>
  Type.String({ maxLength: PRODUCT_NAME_MAX, pattern: PRODUCT_NAME_PATTERN, description, examples: [example] })
const name = label('Name for ever', 'notes')
const chart = label('Folder of its chart in one of the configured chart folders', 'notes')
const image = Type.String({
  maxLength: 200,
  pattern: '^[a-z0-9]+([._/:-][a-z0-9]+)*$',
  description: 'Repository of its image; the tag is the version',
  examples: ['registry.example/team/notes'],
})
const version = Type.String({
  maxLength: 63,
  pattern: '^[0-9A-Za-z]([0-9A-Za-z._-]*[0-9A-Za-z])?$',
  description: 'Tag of the image',
  examples: ['1.0.0'],
})
const schema = {
  minimum: 1,
  maximum: 1_000_000,
  description: 'How far its expand migrations bring a database: a number that rises with every version that changes it',
}
const rollbackTo = {
  minimum: 1,
  maximum: 1_000_000,
  description:
    'Lowest schema whose code still runs on a database that this version has expanded; its own when left out',
}

export const ProductVersion = Type.Object(
  {
    version,
    schema: Type.Integer(schema),
    rollbackTo: Type.Integer(rollbackTo),
    default: Type.Boolean({ description: 'What new cells get when they name no version' }),
    createdAt: Timestamp,
  },
  {
    $id: 'ProductVersion',
    ...closed,
    examples: [{ version: '1.0.0', schema: 1, rollbackTo: 1, default: true, createdAt: '2026-11-22T09:30:00.000Z' }],
  },
)
export type ProductVersion = Static<typeof ProductVersion>

export const Product = Type.Object(
  {
    name,
    title: Type.String(),
    chart,
    image,
    contract: Type.String({ description: 'Version of the product contract that it keeps' }),
    versions: Type.Array(ref(ProductVersion), { description: 'In the order in which they were registered' }),
    generation: Type.Integer({ minimum: 1 }),
    createdAt: Timestamp,
  },
  {
    $id: 'Product',
    ...closed,
    examples: [
      {
        name: 'notes',
        title: 'Notes',
        chart: 'notes',
        image: 'notes',
        contract: '1',
        versions: [
          { version: '1.0.0', schema: 1, rollbackTo: 1, default: true, createdAt: '2026-11-22T09:30:00.000Z' },
        ],
        generation: 1,
        createdAt: '2026-11-22T09:30:00.000Z',
      },
    ],
  },
)
export type Product = Static<typeof Product>
export const ProductPage = pageOf('Product', Product)

export const RegisterProduct = Type.Object(
  {
    name,
    title: Type.Optional(
      Type.String({ minLength: 1, maxLength: 100, description: 'What people call it; its name when left out' }),
    ),
    chart: Type.Optional({
      ...chart,
      description: 'Folder of its chart in one of the configured chart folders; its name when left out',
    }),
    image: Type.Optional({
      ...image,
      description: 'Repository of its image, the tag is the version; its name when left out',
    }),
    contract: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 20,
        default: CONTRACT_VERSIONS[0],
        description: 'Version of the product contract that it keeps',
      }),
    ),
  },
  { $id: 'RegisterProduct', ...closed, examples: [{ name: 'notes' }] },
)
export type RegisterProduct = Static<typeof RegisterProduct>

export const AddVersion = Type.Object(
  {
    version,
    schema: Type.Integer(schema),
    rollbackTo: Type.Optional(Type.Integer(rollbackTo)),
    default: Type.Optional(
      Type.Boolean({
        default: false,
        description: 'New cells get it when they name no version; the first one is it anyway',
      }),
    ),
  },
  { $id: 'AddVersion', ...closed, examples: [{ version: '1.1.0', schema: 2, rollbackTo: 1 }] },
)
export type AddVersion = Static<typeof AddVersion>

export const ProductParams = Type.Object({
  product: Type.String({ minLength: 1, maxLength: 63, pattern: '^[A-Za-z0-9-]+$', examples: ['notes'] }),
})
