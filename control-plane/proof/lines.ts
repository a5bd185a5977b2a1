import { StringDecoder } from 'node:string_decoder'

/** Cuts bytes into lines, many at a time: a promise per line would cost more than verifying it. An empty last line is none. */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<readonly string[]> {
  const decoder = new StringDecoder('utf8')
  let rest = ''
  for await (const chunk of chunks) {
    const lines = (rest + decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength))).split('\n')
    rest = lines.pop() ?? ''
    yield lines
  }
  rest += decoder.end()
  if (rest !== '') yield [rest]
}
