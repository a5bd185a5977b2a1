import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { PUBLIC } from '../../domain/access.ts'
import { cookieOf, sessionCookie } from '../../platform/cookies.ts'
import { networkOf } from '../../platform/auth-failures.ts'
import type { Limiter } from '../../platform/limiter.ts'
import { ref } from '../../platform/schemas.ts'
import { problems } from './sign-in.errors.ts'
import { AskDevice, CallbackQuery, DeviceSignIn, SignedIn, SignInPending, StartQuery } from './sign-in.schema.ts'
import type { SignInService } from './sign-in.service.ts'

type Options = {
  signIn: SignInService
  /** How often an address may begin, and how often a command line behind it may ask. */
  limiters: Record<'begin' | 'ask', Limiter>
  /** Cookies go over TLS only. */
  secure: boolean
}
const tags = ['access']
const SIGN_IN = 'steward-sign-in'
const PATH = '/v1/sign-in'
const config = { access: PUBLIC, audit: ['session.sign-in'] }
const away = { 302: Type.Null({ description: 'To the `location`' }) }

/** /v1/sign-in: people come through the identity provider, by browser or by command line. */
export const signInRoutes: FastifyPluginAsyncTypebox<Options> = async (app, { signIn, limiters, secure }) => {
  const attributes = `; Path=${PATH}; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`
  const limited = (limiter: Limiter) => (address: string) => {
    const network = networkOf(address)
    if (limiter.allows(network)) return
    const retryAfterSeconds = Math.max(1, Math.ceil(limiter.waitMs(network) / 1000))
    throw problems['sign-in.too-many']({ detail: `Wait ${retryAfterSeconds} s`, extra: { retryAfterSeconds } })
  }
  const [begin, ask] = [limited(limiters.begin), limited(limiters.ask)]
  app.get(
    `${PATH}/start`,
    {
      config,
      schema: {
        operationId: 'startSignIn',
        tags,
        summary: 'Sign in with a browser',
        querystring: StartQuery,
        response: away,
      },
    },
    async (request, reply) => {
      begin(request.ip)
      const { url, secret } = await signIn.start(request.query.returnTo)
      void reply.header('set-cookie', `${SIGN_IN}=${secret}; Max-Age=600${attributes}`)
      return reply.code(302).header('location', url).send(null)
    },
  )
  app.get(
    `${PATH}/callback`,
    {
      config,
      schema: {
        operationId: 'finishSignIn',
        tags,
        summary: 'Where the provider sends a browser back to',
        querystring: CallbackQuery,
        response: away,
      },
    },
    async (request, reply) => {
      begin(request.ip)
      const query = new URLSearchParams(request.url.split('?')[1] ?? '')
      const secret = cookieOf(request.headers.cookie, [SIGN_IN])
      void reply.header('set-cookie', `${SIGN_IN}=; Max-Age=0${attributes}`)
      const opened = await signIn.finish({ secret, query, requestId: request.id })
      void reply.header('set-cookie', sessionCookie(opened.secret, secure))
      return reply.code(302).header('location', opened.returnTo).send(null)
    },
  )
  await app.register(deviceRoutes, { signIn, begin, ask })
}

type DeviceOptions = Pick<Options, 'signIn'> & Record<'begin' | 'ask', (address: string) => void>
const deviceRoutes: FastifyPluginAsyncTypebox<DeviceOptions> = async (app, { signIn, begin, ask }) => {
  app.post(
    `${PATH}/device`,
    {
      config,
      schema: {
        operationId: 'startDeviceSignIn',
        tags,
        summary: 'Sign in with a command line',
        response: { 200: ref(DeviceSignIn) },
      },
    },
    async (request) => {
      begin(request.ip)
      return signIn.startDevice()
    },
  )
  app.post(
    `${PATH}/device/token`,
    {
      config,
      schema: {
        operationId: 'askDeviceSignIn',
        tags,
        summary: 'How a sign-in of a command line stands; the session is told once',
        body: AskDevice,
        response: { 200: ref(SignedIn), 202: ref(SignInPending) },
      },
    },
    async (request, reply) => {
      ask(request.ip)
      const answer = await signIn.askDevice(request.body.secret, request.id)
      return answer.state === 'pending' ? reply.code(202).send(answer) : reply.code(200).send(answer)
    },
  )
}
