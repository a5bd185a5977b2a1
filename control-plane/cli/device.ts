import { setTimeout as delay } from 'node:timers/promises'
import { askDeviceSignIn, startDeviceSignIn } from '../client/generated/sdk.gen.ts'
import { EXIT, Failure } from './failure.ts'
import { answer, clientFor, type Surroundings } from './session.ts'

/**
 * Signs in as a person: says where to go and what to type there, waits, and answers the session. The plane talks to the identity
 * provider; this talks to the plane alone. Throws what the plane says, and a failure when nobody came in time.
 */
export async function signInByDevice(url: string, { note }: Pick<Surroundings, 'note'>): Promise<string> {
  const client = clientFor(url, '')
  const begun = await answer({ url }, startDeviceSignIn({ client }))
  note(`Go to ${begun.verificationUri} and type ${begun.userCode}`)
  if (begun.verificationUriComplete !== null) note(`or open ${begun.verificationUriComplete}`)
  const until = Date.parse(begun.expiresAt)
  let pause = begun.intervalSeconds
  while (Date.now() + pause * 1000 < until) {
    await delay(pause * 1000)
    const asked = await answer({ url }, askDeviceSignIn({ client, body: { secret: begun.secret } }))
    if (asked.state === 'signed-in') return asked.token
    pause = asked.intervalSeconds
  }
  throw new Failure(EXIT.access, 'sign-in.unknown', 'nobody signed in in time: try again')
}
