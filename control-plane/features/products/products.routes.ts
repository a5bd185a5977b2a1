import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { can } from '../../domain/access.ts'
import { etagOf } from '../../platform/etag.ts'
import { IdempotencyHeaders, idempotencyOf, sendAnswer } from '../../platform/idempotency.ts'
import { closed, pageQuery, ref } from '../../platform/schemas.ts'
import { AddVersion, Product, ProductPage, ProductParams, RegisterProduct } from './products.schema.ts'
import type { ProductsService } from './products.service.ts'

const tags = ['products']

const listProducts = {
  config: { access: can('products:read') },
  schema: {
    operationId: 'listProducts',
    tags,
    summary: 'Products that this plane operates',
    querystring: Type.Object({ ...pageQuery }, closed),
    response: { 200: ref(ProductPage) },
  },
}
const getProduct = {
  config: { access: can('products:read') },
  schema: {
    operationId: 'getProduct',
    tags,
    summary: 'One product with its versions',
    params: ProductParams,
    response: { 200: ref(Product) },
  },
}
const registerProduct = {
  config: { access: can('products:register'), audit: ['product.register'] },
  schema: {
    operationId: 'registerProduct',
    tags,
    summary: 'Register a product: where its chart and image are and which contract it keeps',
    headers: IdempotencyHeaders,
    body: RegisterProduct,
    response: { 201: ref(Product) },
  },
}
const addProductVersion = {
  config: { access: can('products:register'), audit: ['product.add-version'] },
  schema: {
    operationId: 'addProductVersion',
    tags,
    summary: 'Register a version of a product, with what it does to a database',
    params: ProductParams,
    headers: IdempotencyHeaders,
    body: AddVersion,
    response: { 201: ref(Product) },
  },
}

/** /v1/products: what units can carry. */
export const productsRoutes: FastifyPluginAsyncTypebox<{ products: ProductsService }> = async (app, { products }) => {
  app.get('/v1/products', listProducts, (request) => products.list(request.query))
  app.get('/v1/products/:product', getProduct, async (request, reply) => {
    const product = await products.get(request.params.product)
    return reply.header('etag', etagOf(product.generation)).send(product)
  })
  app.post('/v1/products', registerProduct, async (request, reply) =>
    sendAnswer(reply, await products.register(request.actor, idempotencyOf(request), request.body)),
  )
  app.post('/v1/products/:product/versions', addProductVersion, async (request, reply) => {
    const { product } = request.params
    return sendAnswer(reply, await products.addVersion(request.actor, idempotencyOf(request), product, request.body))
  })
}
