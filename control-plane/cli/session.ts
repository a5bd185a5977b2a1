import type { Command } from 'commander'
import { createClient, createConfig, type Client } from '../client/generated/client/index.ts'
import { chooseContext } from './contexts.ts'
import { failureOf, unreachable, usageError } from './failure.ts'
import type { OutputFormat } from './output.ts'

/** What every command runs with: where to write, what the environment says. */
export type Surroundings = {
  env: Readonly<Record<string, string | undefined>>
  /** Standard output and standard error, a line each. */
  print: (text: string) => void
  note: (text: string) => void
  /** Whether standard error is a terminal that can be painted over. */
  live: boolean
  paint: (text: string) => void
}

/** A signed-in command: the client of the chosen context and how to print. */
export type Session = Surroundings & { client: Client; url: string; output: OutputFormat }

type GlobalOptions = { context?: string; output?: string }

/** The client for one address and token; errors come back as values, `answer` turns them into failures. */
export const clientFor = (url: string, token: string): Client =>
  createClient(createConfig({ baseUrl: url.replace(/\/$/, ''), headers: { authorization: `Bearer ${token}` } }))

export async function openSession(command: Command, around: Surroundings): Promise<Session> {
  const { context, output = 'table' } = command.optsWithGlobals<GlobalOptions>()
  if (output !== 'table' && output !== 'json') throw usageError('--output is "table" or "json"')
  const { url, token } = await chooseContext(around.env, context)
  return { ...around, client: clientFor(url, token), url, output }
}

type Reply<Data> = { data?: Data | undefined; error?: unknown; response?: Response | undefined }

/** The data of an answer; a problem becomes a Failure with its code, silence one that says where nobody answered. */
export async function answer<Data>(session: Pick<Session, 'url'>, reply: Promise<Reply<Data>>): Promise<Data> {
  const { data, error, response } = await reply.catch((cause: unknown) => {
    throw unreachable(session.url, cause)
  })
  if (response === undefined) throw unreachable(session.url, error)
  if (!response.ok || data === undefined) throw failureOf(error, response.status)
  return data
}

/** Prints one thing as JSON or as the lines that `people` makes of it. */
export function show<T>({ output, print }: Session, value: T, people: (value: T) => string): void {
  print(output === 'json' ? JSON.stringify(value, null, 2) : people(value))
}
