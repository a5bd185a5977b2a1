import type { Part } from './parts.ts'

export type ToolchainEvent = {
  part: string
  version: string
  state: 'found' | 'cached' | 'waiting' | 'building' | 'built' | 'failed'
  elapsedSeconds: number
  /** How long such a build usually takes. */
  usualSeconds: number
  /** What is still to be built after this one. */
  left: readonly Pick<Part, 'name' | 'usualSeconds'>[]
  message?: string
}

/** Seconds for people: `45 s`, `6 min 35 s`. */
export function formatSeconds(seconds: number): string {
  const whole = Math.round(seconds)
  if (whole < 60) return `${whole} s`
  return whole % 60 === 0 ? `${whole / 60} min` : `${Math.floor(whole / 60)} min ${whole % 60} s`
}

const LINES: Readonly<Record<ToolchainEvent['state'], (event: ToolchainEvent) => string>> = {
  found: () => 'found on PATH',
  cached: () => 'in the cache',
  waiting: ({ message }) => `waiting for ${message}`,
  building: ({ elapsedSeconds, usualSeconds }) =>
    `building for ${formatSeconds(elapsedSeconds)}, a first build on 2 cores takes about ${formatSeconds(usualSeconds)}`,
  built: ({ elapsedSeconds }) => `built in ${formatSeconds(elapsedSeconds)}`,
  failed: ({ message }) => `failed: ${message}`,
}

/** One readable line: the part, how long it has taken, what is left. */
export function renderToolchainEvent(event: ToolchainEvent): string {
  const line = `toolchain: ${event.part} ${event.version} ${LINES[event.state](event)}`
  if (event.state === 'found' || event.state === 'cached') return line
  if (event.left.length === 0) return `${line}; nothing left after it`
  const about = event.left.reduce((sum, { usualSeconds }) => sum + usualSeconds, 0)
  return `${line}; left: ${event.left.map(({ name }) => name).join(', ')} (about ${formatSeconds(about)})`
}
