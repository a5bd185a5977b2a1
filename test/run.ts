import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { isTier, TIERS, type Check, type Lane, type Tier } from './tiers.ts'

/**
 * Runs the tiers it is given, the first one by default, and every check of each whatever failed before. Prints one line a
 * check while it goes, the output of what failed, and last of all the counts. What cannot run here is a failure, never a skip.
 */
type Outcome = { passed: number; failed: number; skipped: number; named: string[] }
type TestFile = {
  name: string
  startTime: number
  endTime: number
  status?: string
  message?: string
  assertionResults?: { fullName: string; status: string; failureMessages?: string[] }[]
}
type Report = {
  numPassedTests?: number
  numFailedTests?: number
  numPendingTests?: number
  numTodoTests?: number
  testResults?: TestFile[]
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
  const outcome = told
    ? { ...counted(told, code), named: failures(told) }
    : { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0, named: [] }
  if (outcome.failed > 0 && outcome.named.length === 0) outcome.named.push(`${name}: exit code ${code}`)
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
): Omit<Outcome, 'named'> {
  const failed = numFailedTests > 0 ? numFailedTests : code === 0 && numPassedTests > 0 ? 0 : 1
  return { passed: numPassedTests, failed, skipped: numPendingTests + numTodoTests }
}

/** Each failed test, and each file that failed outside its tests, with the first line of its complaint. */
const failures = ({ testResults = [] }: Report): string[] =>
  testResults.flatMap(({ name, status, message = '', assertionResults = [] }) => {
    const file = path.relative(process.cwd(), name)
    const failed = assertionResults.filter((one) => one.status === 'failed')
    if (failed.length === 0) return status === 'failed' ? [`${file}: ${firstLine(message)}`] : []
    return failed.map((one) => `${file} > ${one.fullName}: ${firstLine(one.failureMessages?.[0] ?? '')}`)
  })
const firstLine = (text: string): string => (text.split('\n')[0] ?? '').slice(0, 300)

const slowest = ({ testResults = [] }: Report): string[] =>
  testResults
    .map(({ name, startTime, endTime }) => ({
      file: path.relative(process.cwd(), name),
      took: (endTime - startTime) / 1000,
    }))
    .filter(({ took }) => took > SLOW_S)
    .toSorted((a, b) => b.took - a.took)
    .map(({ file, took }) => `       ${file.padEnd(60)} ${took.toFixed(0).padStart(5)} s`)

/** Lanes in order, so many at a time: whoever is through with one takes the next. */
const AT_A_TIME = 2

async function runLanes(lanes: readonly Lane[], folder: string): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  const waiting = [...lanes]
  const take = async () => {
    for (let lane = waiting.shift(); lane; lane = waiting.shift()) {
      for (const one of lane) outcomes.push(await runCheck(one, folder))
    }
  }
  await Promise.all(Array.from({ length: AT_A_TIME }, take))
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
const chosen: Tier[] = tiers.map((tier) => TIERS[tier])
const outcomes: Outcome[] = []
for (const part of ['opening', 'lanes'] as const) {
  const lanes = chosen.flatMap((tier) => tier[part] ?? [])
  outcomes.push(...(await runLanes(lanes, folder)))
}
await rm(folder, { recursive: true, force: true })
for (const line of outcomes.flatMap(({ named }) => named)) console.log(`FAILED ${line}`) // once more, where a cut log still shows it
const sum = (key: 'passed' | 'failed' | 'skipped') => outcomes.reduce((total, outcome) => total + outcome[key], 0)
console.log(`${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped`)
process.exitCode = sum('failed') === 0 && sum('skipped') === 0 ? 0 : 1
