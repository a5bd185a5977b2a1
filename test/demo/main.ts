import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { startEstate } from '../../stacks/local/estate.ts'
import { withOwnParts } from '../support/own-parts.ts'
import { tellStory } from './story.ts'
import type { Account } from './told.ts'

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`
const timings: { title: string; ms: number }[] = []

const account: Account = {
  say: (line) => console.log(line),
  step: async (title, work) => {
    console.log(`\n▸ ${title}`)
    const started = performance.now()
    const result = await work()
    timings.push({ title, ms: performance.now() - started })
    return result
  },
}

/**
 * `npm run demo [-- --keep]`: a throw-away estate, the story, timings, the way on. Exit 0 only when every line came true.
 * With `--keep` the estate goes on in the background until `npm run estate -- down --home …`.
 */
async function main(): Promise<void> {
  const { keep } = parseArgs({ options: { keep: { type: 'boolean', default: false } } }).values
  const home = await mkdtemp(path.join(tmpdir(), 'steward-demo-'))
  await chmod(home, 0o711) // pods and PostgreSQL pass through it to their own folders
  const estate = await account.step('Start a throw-away estate (the first run builds the toolchain)', () =>
    startEstate({ home, portBase: 'free', throwAway: true, attached: !keep, log: account.say, env: withOwnParts() }),
  )
  let stayed = false
  try {
    const token = (await readFile(estate.credentials.operatorToken, 'utf8')).trim()
    await tellStory(account, { apiUrl: estate.urls.api, edgeUrl: estate.urls.edge, token, home })
    stayed = keep
  } finally {
    if (!stayed) {
      await account.step('Stop the estate and remove it', async () => {
        await estate.stop()
        await rm(home, { recursive: true, force: true })
      })
    }
  }
  console.log('\nTimings')
  for (const { title, ms } of timings) console.log(`  ${seconds(ms).padStart(8)}  ${title}`)
  console.log('\nWhere to look next')
  if (stayed) {
    console.log(
      `  the estate is still up: npm run -s steward -- login --url ${estate.urls.api} --token-file ${estate.credentials.operatorToken}`,
    )
    console.log(`  API reference            ${estate.urls.api}/docs`)
    console.log(`  end it                   npm run estate -- down --home ${home}`)
    console.log(`  then delete its state    npm run estate -- reset --yes --home ${home}`)
  } else {
    console.log('  npm run demo -- --keep   the same, and the estate stays up')
    console.log('  npm start                an estate of your own that keeps its state')
  }
  console.log('  README.md                the five-minute tour, concepts, operating')
}

await main().catch((error: unknown) => {
  console.error(`\nThe demo failed: ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 1
})
