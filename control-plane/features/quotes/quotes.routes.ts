import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { can } from '../../domain/access.ts'
import { IdempotencyHeaders, idempotencyOf, sendAnswer } from '../../platform/idempotency.ts'
import { ref } from '../../platform/schemas.ts'
import { CreateQuote, ListQuotes, Quote, QuotePage, QuoteParams } from './quotes.schema.ts'
import type { QuotesService } from './quotes.service.ts'

const tags = ['quotes']

/** /v1/quotes: what a customer would get, for how much and how soon. */
export const quotesRoutes: FastifyPluginAsyncTypebox<{ quotes: QuotesService }> = async (app, { quotes }) => {
  app.post(
    '/v1/quotes',
    {
      config: { access: can('quotes:create'), audit: ['quote.create'] },
      schema: {
        operationId: 'createQuote',
        tags,
        summary: 'Price a tenant and say whether and how soon it can be had; nothing is reserved',
        headers: IdempotencyHeaders,
        body: CreateQuote,
        response: { 201: ref(Quote) },
      },
    },
    async (request, reply) =>
      sendAnswer(reply, await quotes.create(request.actor, idempotencyOf(request), request.body)),
  )
  await app.register(readRoutes, { quotes })
  app.delete(
    '/v1/quotes/:id',
    {
      config: { access: can('quotes:withdraw'), audit: ['quote.withdraw'] },
      schema: {
        operationId: 'withdrawQuote',
        tags,
        summary: 'Withdraw an open quote; again it changes nothing',
        params: QuoteParams,
        response: { 200: ref(Quote) },
      },
    },
    (request) => quotes.withdraw(request.actor, request.params.id),
  )
}

const readRoutes: FastifyPluginAsyncTypebox<{ quotes: QuotesService }> = async (app, { quotes }) => {
  const config = { access: can('quotes:read') }
  app.get(
    '/v1/quotes',
    {
      config,
      schema: {
        operationId: 'listQuotes',
        tags,
        summary: 'Find quotes, newest first',
        querystring: ListQuotes,
        response: { 200: ref(QuotePage) },
      },
    },
    (request) => quotes.list(request.query),
  )
  app.get(
    '/v1/quotes/:id',
    {
      config,
      schema: {
        operationId: 'getQuote',
        tags,
        summary: 'One quote',
        params: QuoteParams,
        response: { 200: ref(Quote) },
      },
    },
    (request) => quotes.get(request.params.id),
  )
}
