import type { Head } from './merkle.ts'

type Known = { sequences: number[]; hashes: string[]; next: number }

/** What signed checkpoints say about each stream, in rising order, and how far it has been compared with events. */
export function createKnownHeads() {
  const streams = new Map<string, Known>()
  return {
    add({ stream, sequence, hash }: Head): void {
      const known = streams.get(stream) ?? { sequences: [], hashes: [], next: 0 }
      if ((known.sequences.at(-1) ?? 0) >= sequence) return // told again by a later file
      known.sequences.push(sequence)
      known.hashes.push(hash)
      streams.set(stream, known)
    },
    /** The head at or after `sequence` that comes next, if there is one. */
    next(stream: string, sequence: number): { sequence: number; hash: string; before: number } | undefined {
      const known = streams.get(stream)
      if (known === undefined) return undefined
      while ((known.sequences[known.next] ?? Infinity) < sequence) known.next++
      const [at, hash] = [known.sequences[known.next], known.hashes[known.next]]
      if (at === undefined || hash === undefined) return undefined
      return { sequence: at, hash, before: known.sequences[known.next - 1] ?? 0 }
    },
    /** The newest one, 0 if there is none. */
    newest: (stream: string): number => streams.get(stream)?.sequences.at(-1) ?? 0,
    /** Another file brings checkpoints of its own. */
    clear: () => streams.clear(),
    streams: (): Iterable<string> => streams.keys(),
  }
}
export type KnownHeads = ReturnType<typeof createKnownHeads>
