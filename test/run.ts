import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { isTier, TIERS, type Check, type Lane } from './tiers.ts'

/**
 * Runs the tiers it is given, the first one by default, and every check of each whatever failed before. Prints one line a
 * check while it goes, the output of what failed, and last of all the counts. What cannot run here is a failure, never a skip.
 */
type Outcome = { passed: number; failed: number; skipped: number }
type Report = {
  numPassedTests?: number
  numFailedTests?: number
  numPendingTests?: number
  numTodoTests?: number
  testResults?: { name: string; startTime: number; endTime: number }[]
}
/** Files that take longer are named: they are the first to look at when a tier outgrows its time. */
const SLOW_S = 30

async function runCheck({ name, command, args, vitest: isVitest, live }: Check, folder: string): Promise<Outcome> {
  const report = path.join(folder, `${name.replaceAll(' ', '-')}.json`)
  const started = Date.now()
  const all = isVitest ? [...args, `--outputFile.json=${report}`] : args
  const child = spawn(command, all, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, FORCE_COLOR: '0' },
  })
  const output: Buffer[] = []
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => (live ? process.stdout.write(chunk) : output.push(chunk)))
  }
  const code = await new Promise<number>((resolve) => {
    child.once('error', () => resolve(127))
    child.once('close', (status) => resolve(status ?? 1))
  })
  const told = isVitest ? (JSON.parse(await readFile(report, 'utf8').catch(() => '{}')) as Report) : undefined
  const outcome = told ? counted(told, code) : { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 }
  const seconds = ((Date.now() - started) / 1000).toFixed(1)
  console.log(
    `${outcome.failed === 0 ? 'ok    ' : 'FAILED'} ${name.padEnd(20)} ${seconds.padStart(7)} s  ${outcome.passed} passed`,
  )
  if (told) for (const line of slowest(told)) console.log(line)
  if (outcome.failed > 0) console.log(Buffer.concat(output).toString())
  return outcome
}

/** Counts from vitest's own report; a run that ended badly without a failed test still counts as one failure. */
function counted(
  { numPassedTests = 0, numFailedTests = 0, numPendingTests = 0, numTodoTests = 0 }: Report,
  code: number,
): Outcome {
  const failed = numFailedTests > 0 ? numFailedTests : code === 0 && numPassedTests > 0 ? 0 : 1
  return { passed: numPassedTests, failed, skipped: numPendingTests + numTodoTests }
}

const slowest = ({ testResults = [] }: Report): string[] =>
  testResults
    .map(({ name, startTime, endTime }) => ({
      file: path.relative(process.cwd(), name),
      took: (endTime - startTime) / 1000,
    }))
    .filter(({ took }) => took > SLOW_S)
    .toSorted((a, b) => b.took - a.took)
    .map(({ file, took }) => `       ${file.padEnd(60)} ${took.toFixed(0).padStart(5)} s`)

async function runLane(lane: Lane, folder: string): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  for (const one of lane) outcomes.push(await runCheck(one, folder))
  return outcomes
}

const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !isTier(name))
if (unknown.length > 0) {
  console.error(`no tier ${unknown.join(', ')}; there are ${Object.keys(TIERS).join(', ')}`)
  process.exit(2)
}
const tiers = wanted.length > 0 ? wanted.filter(isTier) : (['first'] as const)
const folder = await mkdtemp(path.join(tmpdir(), 'steward-checks-'))
const outcomes: Outcome[] = []
for (const lanes of tiers.flatMap((tier) => [...TIERS[tier]])) {
  outcomes.push(...(await Promise.all(lanes.map((lane) => runLane(lane, folder)))).flat())
}
await rm(folder, { recursive: true, force: true })
const sum = (key: keyof Outcome) => outcomes.reduce((total, outcome) => total + outcome[key], 0)
console.log(`${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped`)
process.exitCode = sum('failed') === 0 && sum('skipped') === 0 ? 0 : 1
