import { spawn } from 'node:child_process'
import { awsClients, type AwsClients } from '../../../stacks/dedicated/aws-api/aws-clients.ts'
import { freePort, until } from '../postgres.ts'
import { motoPython } from './environment.ts'

/** The account that moto answers for. */
export const MOTO_ACCOUNT = '123456789012'
const CREDENTIALS = { accessKeyId: 'testing', secretAccessKey: 'testing' }

export type Moto = {
  url: string
  clients: AwsClients
  /** Everything forgotten. */
  reset: () => Promise<void>
  /** From now on after so many calls, rights are asked for, and whoever has none is refused. */
  requireRightsAfter: (calls: number) => Promise<void>
  stop: () => Promise<void>
}

/** A real server that speaks the API of AWS, on loopback, with clients that ask it. */
export async function startMoto(): Promise<Moto> {
  const python = await motoPython()
  const port = await freePort()
  const server = spawn(python, ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, MOTO_EC2_LOAD_DEFAULT_AMIS: 'false' },
  })
  const said: string[] = []
  server.stderr.on('data', (chunk: Buffer) => said.push(chunk.toString()))
  const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()))
  const url = `http://127.0.0.1:${port}`
  const tell = async (path: string, body?: string) => {
    const answer = await fetch(`${url}/moto-api/${path}`, { method: 'POST', ...(body === undefined ? {} : { body }) })
    if (!answer.ok) throw new Error(`moto: ${path}: ${answer.status}`)
  }
  await until(async () => {
    if (server.exitCode !== null) throw new Error(`moto ended: ${said.join('').slice(-2000)}`)
    await tell('reset')
  }, 60)
  const clients = awsClients({ endpoint: url, credentials: CREDENTIALS })
  return {
    url,
    clients,
    reset: () => tell('reset'),
    requireRightsAfter: (calls) => tell('reset-auth', String(calls)),
    stop: async () => {
      clients.close()
      server.kill('SIGKILL')
      await ended
    },
  }
}

/** Clients with another address or another patience, for the same account. */
export const motoClients = (endpoint: string, attempts?: number): AwsClients =>
  awsClients({ endpoint, credentials: CREDENTIALS, ...(attempts === undefined ? {} : { attempts }) })

/** Asks EC2, for which the adapters need no client of their own. */
export async function askEc2(
  url: string,
  region: string,
  parameters: Readonly<Record<string, string>>,
): Promise<string> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      authorization: `AWS4-HMAC-SHA256 Credential=testing/20260101/${region}/ec2/aws4_request, SignedHeaders=host, Signature=none`,
    },
    body: new URLSearchParams({ Version: '2016-11-15', ...parameters }),
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(text)
  return text
}
