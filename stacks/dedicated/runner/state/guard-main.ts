import { createInterface } from 'node:readline'
import { endMarked } from '../end-marked.ts'
import { LEASE_MARK } from '../stack-run.ts'

const [holder = ''] = process.argv.slice(2)
let timer: NodeJS.Timeout | undefined

/** Until nothing is left: what does not end is asked again, because nobody else here would. */
async function end(): Promise<void> {
  for (;;) {
    const gone = await endMarked(LEASE_MARK, holder).then(
      () => true,
      () => false,
    )
    if (gone) process.exit(0)
  }
}

createInterface({ input: process.stdin })
  .on('line', (line) => {
    if (line === 'done') process.exit(0)
    clearTimeout(timer)
    timer = setTimeout(() => void end(), Number(line))
  })
  .on('close', () => void end()) // the holder is gone
