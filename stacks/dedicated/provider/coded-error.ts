import { Problem } from '../../../control-plane/domain/problem.ts'

/** The code goes with the message: the engine hands on text, and whoever runs it reads the code out of it again. */
export const withCode = ({ code, message }: Problem): string => `[${code}] ${message}`

/** An error as the engine is to see it: the code first, and no trace that would bury it. */
export function codedError(error: unknown): Error {
  const shown =
    error instanceof Problem
      ? new Error(withCode(error), { cause: error })
      : error instanceof Error
        ? error
        : new Error(String(error))
  return Object.assign(shown, { stack: '' })
}

/** Begun and not finished: with its id the engine remembers it, so that the next run goes on with it, and destroying ends it. */
export function begunError(error: unknown, id: string, properties: Record<string, unknown>): Error {
  const shown = codedError(error)
  return Object.assign(shown, { id, properties, reasons: [shown.message] })
}
