import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { Provider } from 'oidc-provider'
import type { SignInSettings } from '../../control-plane/features/sign-in/sign-in.settings.ts'
import { freePort } from './postgres.ts'

/** Whoever signs in next, as the provider knows it. */
export type TestPerson = { sub: string; email?: string; groups?: readonly string[] | string; amr?: readonly string[] }
export type TestProvider = {
  issuer: string
  /** The person at the browser; null says no when asked. */
  person: TestPerson | null
  settings: (publicUrl: string) => SignInSettings
  close: () => Promise<void>
}

const CLIENT = { clientId: 'steward', clientSecret: randomBytes(24).toString('base64url') }
const GRANTS = ['authorization_code', 'urn:ietf:params:oauth:grant-type:device_code']

/** A real OpenID provider on loopback. Its sign-in page takes whoever `person` is, as if a password had been typed. */
export async function identityProvider(redirectUri: string): Promise<TestProvider> {
  const issuer = `http://127.0.0.1:${await freePort()}`
  const people = new Map<string, TestPerson>()
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: CLIENT.clientId,
        client_secret: CLIENT.clientSecret,
        grant_types: GRANTS,
        redirect_uris: [redirectUri],
        response_types: ['code'],
      },
    ],
    features: { devInteractions: { enabled: false }, deviceFlow: { enabled: true } },
    claims: { openid: ['sub', 'groups', 'amr'], email: ['email'], profile: [] },
    cookies: { keys: ['of this test'] },
    interactions: { url: (_ctx, { uid }) => `/interaction/${uid}` },
    findAccount: (_ctx, sub) => {
      const person = people.get(sub)
      return { accountId: sub, claims: async () => ({ ...person, sub }) }
    },
    ttl: {
      Session: 3600,
      Interaction: 600,
      Grant: 3600,
      IdToken: 600,
      AccessToken: 600,
      AuthorizationCode: 60,
      DeviceCode: 600,
    },
  })
  const state: TestProvider = {
    issuer,
    person: null,
    settings: (publicUrl) => ({
      issuer,
      ...CLIENT,
      scopes: 'openid profile email',
      groupsClaim: 'groups',
      roles: [
        ['admins', 'administrator'],
        ['sales', 'sales-engineer'],
        ['ops', 'sre'],
      ],
      publicUrl,
    }),
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  const serve = provider.callback()
  const interact = async (request: IncomingMessage, response: ServerResponse) => {
    const { person } = state
    if (person === null)
      return provider.interactionFinished(request, response, { error: 'access_denied', error_description: 'no' })
    people.set(person.sub, person)
    const { params } = await provider.interactionDetails(request, response)
    const grant = new provider.Grant({ accountId: person.sub, clientId: String(params['client_id']) })
    grant.addOIDCScope('openid profile email')
    const consent = { grantId: await grant.save() }
    return provider.interactionFinished(request, response, { login: { accountId: person.sub }, consent })
  }
  const server = createServer((request, response) => {
    const answering = request.url?.startsWith('/interaction/') ? interact : serve
    void answering(request, response)
  })
  await new Promise<void>((resolve) => server.listen(Number(new URL(issuer).port), '127.0.0.1', resolve))
  return state
}

/** A browser: keeps cookies by host and port, follows redirects and submits forms. */
export type Browser = {
  cookies: Map<string, Map<string, string>>
  /** Goes there and on, up to the first address under `stop`, which is answered and not opened. */
  go: (url: string, stop?: string) => Promise<{ url: string; text: string; status: number }>
}

type Sent = { method?: 'POST'; body?: URLSearchParams }

export function browser(): Browser {
  const cookies: Browser['cookies'] = new Map()
  const request = async (url: string, init: Sent) => {
    const { host } = new URL(url)
    const jar = cookies.get(host) ?? new Map<string, string>()
    cookies.set(host, jar)
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
    const answer = await fetch(url, { ...init, redirect: 'manual', headers: { cookie } })
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value === '' || /max-age=0|expires=Thu, 01 Jan 1970/i.test(line)) jar.delete(name)
      else jar.set(name, value)
    }
    return answer
  }
  const go: Browser['go'] = async (url, stop) => {
    let [at, init]: [string, Sent] = [url, {}]
    for (let hop = 0; hop < 30; hop++) {
      if (stop !== undefined && at.startsWith(stop)) return { url: at, text: '', status: 0 }
      const answer = await request(at, init)
      const text = await answer.text()
      const location = answer.headers.get('location')
      const form = location === null ? formOf(text) : undefined
      if (location !== null) [at, init] = [new URL(location, at).href, {}]
      else if (form !== undefined)
        [at, init] = [new URL(form.action, at).href, { method: 'POST', body: new URLSearchParams(form.fields) }]
      else return { url: at, text, status: answer.status }
    }
    throw new Error(`${url} leads nowhere`)
  }
  return { cookies, go }
}

/** The form of a page and what it would send; a page that only tells something has none. */
function formOf(html: string): { action: string; fields: Record<string, string> } | undefined {
  const action = /<form[^>]*action="([^"]+)"/.exec(html)?.[1]
  if (action === undefined) return undefined
  const inputs = [...html.matchAll(/<(?:input|button)[^>]*>/g)].map(([tag]) => {
    const read = (name: string) => new RegExp(`${name}="([^"]*)"`).exec(tag)?.[1]
    return [read('name'), read('value') ?? ''] as const
  })
  const fields = Object.fromEntries(
    inputs.flatMap(([name, value]) => (name === undefined || name === 'abort' ? [] : [[name, value]])),
  )
  return { action: action.replaceAll('&amp;', '&'), fields }
}
