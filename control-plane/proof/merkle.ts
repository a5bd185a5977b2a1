import { createHash } from 'node:crypto'

/** The last event of a stream at some time. */
export type Head = { stream: string; sequence: number; hash: string }

/** First bytes of RFC 6962: no node can be passed off as a leaf. */
const LEAF = Buffer.from([0])
const NODE = Buffer.from([1])
const node = (left: Uint8Array, right: Uint8Array) =>
  createHash('sha256').update(NODE).update(left).update(right).digest()

export const leafOf = ({ stream, sequence, hash }: Head): Buffer =>
  createHash('sha256').update(LEAF).update(`${stream}\n${sequence}\n${hash}`).digest()

/** One level up; a last one without a partner goes up as it is. */
const above = (level: readonly Buffer[]): Buffer[] => {
  const next: Buffer[] = []
  for (let at = 0; at < level.length; at += 2) {
    const [left, right] = [level[at], level[at + 1]]
    if (left !== undefined) next.push(right === undefined ? left : node(left, right))
  }
  return next
}

/** One hash for a list of heads in their order (RFC 6962); of none it is 64 zeros. */
export function rootOf(heads: readonly Head[]): string {
  let level = heads.map(leafOf)
  while (level.length > 1) level = above(level)
  return (level[0] ?? Buffer.alloc(32)).toString('hex')
}

/** What it takes, beside the head itself, to compute the root: the neighbours on the way up. */
export function proofOf(heads: readonly Head[], index: number): string[] {
  const proof: string[] = []
  let [level, at] = [heads.map(leafOf), index]
  while (level.length > 1) {
    const neighbour = level[at ^ 1]
    if (neighbour !== undefined) proof.push(neighbour.toString('hex'))
    ;[level, at] = [above(level), at >> 1]
  }
  return proof
}

/** The root that a head leads to at its place among `count` of them; undefined when the proof does not fit that place. */
export function rootFrom(head: Head, index: number, count: number, proof: readonly string[]): string | undefined {
  if (!(index >= 0 && index < count)) return undefined
  let [hash, at, used] = [leafOf(head), index, 0]
  for (let width = count; width > 1; width = (width + 1) >> 1) {
    if ((at ^ 1) < width) {
      const neighbour = Buffer.from(proof[used++] ?? '', 'hex')
      hash = at % 2 === 1 ? node(neighbour, hash) : node(hash, neighbour)
    }
    at >>= 1
  }
  return used === proof.length ? hash.toString('hex') : undefined
}
