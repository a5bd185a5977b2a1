/** Reads a stream in pieces of one's own size. */
export type ByteReader = {
  /** The next `size` bytes; fewer only at the end. */
  take: (size: number) => Promise<Buffer>
  /** Whether nothing is left. */
  isAtEnd: () => Promise<boolean>
  /** Lets the source go, read to its end or not. */
  close: () => Promise<void>
}

/** Cuts a stream anew, however it arrives; holds no more than what was asked for and one piece as it came. */
export function createByteReader(source: AsyncIterable<Uint8Array>): ByteReader {
  const iterator = source[Symbol.asyncIterator]()
  let held: Buffer = Buffer.alloc(0)
  let ended = false
  /** The next piece that is not empty; false at the end. */
  const fill = async (): Promise<boolean> => {
    while (held.length === 0 && !ended) {
      const { done, value } = await iterator.next()
      if (done) ended = true
      else held = Buffer.from(value.buffer, value.byteOffset, value.byteLength)
    }
    return held.length > 0
  }
  return {
    async take(size) {
      const pieces: Buffer[] = []
      let missing = size
      while (missing > 0 && (await fill())) {
        const piece = held.subarray(0, missing)
        held = held.subarray(piece.length)
        missing -= piece.length
        pieces.push(piece)
      }
      return Buffer.concat(pieces)
    },
    isAtEnd: async () => !(await fill()),
    close: async () => void (await iterator.return?.()),
  }
}
