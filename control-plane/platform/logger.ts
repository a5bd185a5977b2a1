import pino, { type DestinationStream, type Logger as PinoLogger } from 'pino'
import { traceFields } from './spans.ts'

export type Logger = PinoLogger

/** A token, session, sign-in or link of ours, and the password inside a URL: whatever field or message they hide in. */
const SECRETS = /st[wsil]_[A-Za-z0-9_-]{20,}|(?<=:\/\/[^:/@\s"]*:)[^@/\s"]+(?=@)/g
export const REDACTED = '[redacted]'

/** Takes tokens and passwords out of a text. */
export const withoutSecrets = (text: string): string => text.replaceAll(SECRETS, REDACTED)

/** What a value says of itself when it is printed. */
const asPrinted = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

/** JSON lines on standard output: constant text, variable parts as fields, errors under `err`, and the trace a line belongs to. Secrets are taken out of every line. */
export function createLogger(options: { level: string; process: string }, destination?: DestinationStream): Logger {
  const settings: pino.LoggerOptions = {
    level: options.level,
    base: { process: options.process },
    timestamp: pino.stdTimeFunctions.isoTime,
    mixin: traceFields,
    formatters: { level: (label) => ({ level: label }) },
    serializers: { config: asPrinted }, // redacting copies what it looks through, without what keeps a setting from being printed
    redact: {
      paths: ['*.authorization', '*.password', '*.token', '*.headers', 'authorization', 'password', 'token'],
      censor: REDACTED,
    },
    hooks: { streamWrite: withoutSecrets },
  }
  return pino(settings, destination ?? standardOutput())
}

/**
 * Standard output, written once a turn of the event loop instead of once a line: with many requests under way that is a system call
 * for several of them. What is left is written as the process ends; one that is killed loses the lines of its last turn.
 */
function standardOutput(): DestinationStream & { flushSync: () => void } {
  const output = pino.destination({ fd: 1, sync: true })
  let lines = ''
  const flushSync = () => {
    if (lines !== '') output.write(lines)
    lines = ''
  }
  process.on('exit', flushSync)
  return {
    write(line) {
      if (lines === '') setImmediate(flushSync)
      lines += line
    },
    flushSync,
  }
}
