import type { Statements } from '../product-server.ts'
import { readSequences } from './tables.ts'

/**
 * Lifts each sequence of `to` to the last value of `from`, never down: what is given out next was given out on neither side. Under the
 * sequence's own lock, because a neighbour may take values meanwhile.
 */
export async function liftSequences(from: Statements, to: Statements): Promise<void> {
  const there = new Map((await readSequences(to)).map((sequence) => [sequence.name, sequence.last]))
  for (const { name, last, increment } of await readSequences(from)) {
    const other = there.get(name) ?? null
    if (last === null || (other !== null && BigInt(other) >= BigInt(last))) continue
    const to64 = BigInt(last).toString()
    await to.run(
      `lift sequence ${name}`, // the change that changes nothing takes the lock that nextval waits for
      `begin; alter sequence ${name} increment by ${BigInt(increment).toString()};
       select setval('${name.replaceAll("'", "''")}', greatest(last_value, ${to64})) from ${name}; commit`,
    )
  }
}
