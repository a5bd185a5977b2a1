import type { Command } from 'commander'
import { createClient, createConfig, type Client } from '../client/generated/client/index.ts'
import { chooseContext, type Environment } from './contexts.ts'
import { failureOf, notAPlane, unreachable } from './failure.ts'
import type { OutputFormat } from './output.ts'

/** A terminal that can be painted over. */
export type Terminal = { paint: (text: string) => void; size: () => { columns: number; rows: number } }

/** What every command runs with: where to write, what the environment says. */
export type Surroundings = {
  env: Environment
  /** Standard output and standard error, a line each. */
  print: (text: string) => void
  note: (text: string) => void
  /** All of standard input. */
  input: () => Promise<string>
  /** Standard error when it is a terminal, else null. */
  terminal: Terminal | null
}

/** How a command prints. */
export type Printing = Pick<Surroundings, 'print'> & { output: OutputFormat }
/** A signed-in command: the client of the chosen context and how to print. */
export type Session = Surroundings & Printing & { client: Client; url: string }

type GlobalOptions = { context?: string; output: OutputFormat }

/** After this time without an answer a plane counts as unreachable. */
const ANSWER_MS = 60_000

/** The client for one address and token; errors come back as values, `answer` turns them into failures. */
export const clientFor = (url: string, token: string, answerMs = ANSWER_MS): Client =>
  createClient(
    createConfig({
      baseUrl: url,
      auth: () => token,
      fetch: (input, init) => fetch(input, { ...init, signal: AbortSignal.timeout(answerMs) }),
    }),
  )

/** How a command without a plane prints. */
export const printing = (command: Command, { print }: Surroundings): Printing => ({
  print,
  output: command.optsWithGlobals<GlobalOptions>().output,
})

/** Opens the chosen context; whole answers must arrive within `answerMs`. Throws a usage error when there is none. */
export async function openSession(command: Command, around: Surroundings, answerMs = ANSWER_MS): Promise<Session> {
  const { context, output } = command.optsWithGlobals<GlobalOptions>()
  const { url, token } = await chooseContext(around.env, context)
  return { ...around, client: clientFor(url, token, answerMs), url, output }
}

type Reply<Data> = { data?: Data | undefined; error?: unknown; response?: Response | undefined }

/** The data of an answer; a problem becomes a Failure with its code, silence one that says where nobody answered. */
export async function answer<Data>({ url }: Pick<Session, 'url'>, reply: Promise<Reply<Data>>): Promise<Data> {
  const { data, error, response } = await reply
  if (response === undefined) throw unreachable(url, error)
  if (!response.ok) throw failureOf(url, response.status, error)
  if (data !== undefined && /json/.test(response.headers.get('content-type') ?? '')) return data
  if (error === undefined || error instanceof SyntaxError) throw notAPlane(url, response.status)
  throw unreachable(url, error) // it stopped in the middle of its answer
}

/** The same for an answer without content. */
export async function done({ url }: Pick<Session, 'url'>, reply: Promise<Reply<unknown>>): Promise<void> {
  const { error, response } = await reply
  if (response === undefined) throw unreachable(url, error)
  if (!response.ok) throw failureOf(url, response.status, error)
}

type Page<Item> = { items: Item[]; nextCursor: string | null }
const LARGEST_PAGE = 200

/** Page after page until the end or so many items. `ask` gets what a page is asked with. */
export async function everyPage<Item>(
  session: Pick<Session, 'url'>,
  most: number,
  ask: (page: { limit: number; cursor?: string }) => Promise<Reply<Page<Item>>>,
): Promise<Item[]> {
  const items: Item[] = []
  let cursor: string | null = null
  do {
    const limit = Math.min(LARGEST_PAGE, most - items.length)
    const page: Page<Item> = await answer(session, ask({ limit, ...(cursor === null ? {} : { cursor }) }))
    items.push(...page.items)
    cursor = page.nextCursor
  } while (cursor !== null && items.length < most)
  return items
}

/** Prints one thing as JSON or as the lines that `people` makes of it. */
export function show<T>({ output, print }: Printing, value: T, people: (value: T) => string): void {
  print(output === 'json' ? JSON.stringify(value, null, 2) : people(value))
}
