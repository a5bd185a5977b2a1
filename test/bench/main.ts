import { apiBench } from './api/api.ts'
import { auditBench } from './audit.ts'
import { dedicatedBench } from './dedicated.ts'
import { moveBench } from './move.ts'
import { moveRowsBench } from './move-rows.ts'
import { neighbourBench } from './neighbour.ts'
import { provisionBench } from './provision.ts'
import { randomBench } from './random.ts'
import { revokeBench } from './revoke/revoke.ts'
import { scaleBench } from './scale.ts'
import { stacksBench } from './stacks.ts'
import { startBench } from './start.ts'
import { judge, machine, renderFigures, type Bench } from './report.ts'

/** `npm run bench -- <name> [--json]`: measures, prints, and fails when a bar is missed. */
const BENCHES: Readonly<Record<string, Bench>> = {
  start: startBench,
  provision: provisionBench,
  dedicated: dedicatedBench,
  stacks: stacksBench,
  scale: scaleBench,
  random: randomBench,
  audit: auditBench,
  api: apiBench,
  revoke: revokeBench,
  neighbour: neighbourBench,
  move: moveBench,
  'move-rows': moveRowsBench,
}

const [name = '', ...flags] = process.argv.slice(2)
const bench = BENCHES[name]
if (!bench) {
  console.error(`usage: npm run bench -- <name> [--json]\nbenches: ${Object.keys(BENCHES).join(', ')}`)
  process.exit(2)
}
const json = flags.includes('--json')
const measured = await bench.run((line) => console.error(line))
const missed = judge(measured, bench.bars)
if (!json) console.log(renderFigures(name, measured, bench.bars))
for (const { text } of missed) console.error(`missed: ${text}`)
if (json) console.log(JSON.stringify({ name, ...measured, machine: machine() }))
process.exitCode = missed.every(({ tolerated }) => tolerated) ? 0 : 1
