import { copyFileSync, openSync, statSync, truncateSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'

/** A log and its predecessor together stay below twice this. */
const LIMIT_BYTES = 8 * 1024 * 1024
const CHECK_EVERY_MS = 10_000

/** The file a server logs to. */
export const logPath = (folder: string, name: string): string => join(folder, `${name}.log`)

/**
 * Opens a server's log for appending. The server writes to the file itself: it outlives a daemon that was killed, and the
 * daemon moves no bytes.
 */
export const openLog = (folder: string, name: string): number => openSync(logPath(folder, name), 'a', 0o600)

/** Copies a log that has grown too long to `<log>.1` and empties it; lines written in between are lost. True when it did. */
export function rotate(path: string, limit = LIMIT_BYTES): boolean {
  try {
    if (statSync(path).size <= limit) return false
    copyFileSync(path, `${path}.1`)
    truncateSync(path) // writers append, so they go on at the new end
    return true
  } catch {
    return false // not written yet
  }
}

/** Keeps the logs of these servers bounded until stopped. */
export function boundLogs(folder: string, names: () => readonly string[]): { stop: () => void } {
  const timer = setInterval(() => names().forEach((name) => rotate(logPath(folder, name))), CHECK_EVERY_MS)
  timer.unref()
  return { stop: () => clearInterval(timer) }
}

/** The last lines of a log, read from its end; an empty text when there is none. */
export async function tailLog(path: string, lines: number): Promise<string> {
  const file = await open(path, 'r').catch(() => undefined)
  if (!file) return ''
  try {
    const { size } = await file.stat()
    const length = Math.min(size, 256 * 1024, lines * 4096)
    const { buffer } = await file.read(Buffer.alloc(length), 0, length, size - length)
    return buffer.toString('utf8').trimEnd().split('\n').slice(-lines).join('\n')
  } finally {
    await file.close()
  }
}
