import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, renameSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { setPriority, tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Estate } from '../../../stacks/local/estate.ts'
import type { Place } from '../../support/subject-life.ts'
import { TEST_CACHE } from '../../support/temporal-worker.ts'
import { intoOneFile } from './one-file.ts'
import { heldFile, killedFile, planFile, struckFile, type CrewOrders, type Plan } from './orders.ts'

const PROGRAM = fileURLToPath(new URL('./killable-worker.ts', import.meta.url))
/** Starting a worker is most of what a kill costs: in one file and with compiled code at hand it takes a third. */
const COMPILED = path.join(TEST_CACHE, 'compiled')
/** Five that start all the time take both cores from the lane beside them, whose servers then answer too late: a third of a share each. */
const BEHIND_OTHERS = 5
const STOP_WITHIN_MS = 20_000
const LOOK_EVERY_MS = 10

export type Crew = {
  /** Says where the workers that perform an operation die, and where it fails. Until this is said its first step waits. */
  arrange: (operationId: string, plan: Plan) => void
  /** Does this at each of these places, in order, while whoever performs the operation waits there. */
  strike: (operationId: string, places: readonly Place[], deed: () => Promise<unknown>) => Promise<void>
  /** How many of these places have killed a worker. */
  killed: (operationId: string, places: readonly Place[]) => number
  /** Workers that ended in any other way than by the kill they were ordered, with what they said. */
  surprises: () => readonly string[]
  stop: () => Promise<void>
}

/** Several workers of the plane as processes of their own; one that dies is replaced at once, as a supervisor would. */
export async function startCrew(estate: Estate, size: number): Promise<Crew> {
  const folder = await mkdtemp(path.join(tmpdir(), 'steward-kills-'))
  const orders: CrewOrders = {
    folder,
    databaseUrlFile: estate.credentials.url('plane-worker'),
    sealingKeyFile: estate.credentials.sealingKey,
    temporalAddress: estate.temporalAddress,
  }
  const program = await intoOneFile(PROGRAM)
  const surprises: string[] = []
  const members = new Set<ChildProcess>()
  let stopping = false
  const hire = () => {
    const child = spawn(process.execPath, [program.file], {
      env: { ...process.env, NODE_COMPILE_CACHE: COMPILED, KILL_ORDERS: JSON.stringify(orders) },
      stdio: ['pipe', 'ignore', 'pipe'], // the first ends with us: then so do they
    })
    if (child.pid !== undefined) setPriority(child.pid, BEHIND_OTHERS)
    const said: Buffer[] = []
    child.stderr.on('data', (chunk: Buffer) => said.push(chunk))
    members.add(child)
    child.once('exit', (code, signal) => {
      members.delete(child)
      if (stopping) return
      if (signal !== 'SIGKILL') surprises.push(`exit ${code ?? signal}: ${Buffer.concat(said).toString().slice(-2000)}`)
      hire()
    })
  }
  for (let n = 0; n < size; n++) hire()
  return {
    arrange(operationId, plan) {
      const file = planFile(folder, operationId)
      writeFileSync(`${file}.new`, JSON.stringify(plan))
      renameSync(`${file}.new`, file) // whole or not there
    },
    async strike(operationId, places, deed) {
      for (const place of places) {
        while (!existsSync(heldFile(folder, operationId, place))) {
          if (stopping) return
          await pause(LOOK_EVERY_MS)
        }
        await deed()
        writeFileSync(struckFile(folder, operationId, place), '')
      }
    },
    killed: (operationId, places) =>
      places.filter((place) => existsSync(killedFile(folder, operationId, place))).length,
    surprises: () => surprises,
    async stop() {
      stopping = true
      await Promise.all([...members].map(endOf))
      await Promise.all([program.remove(), rm(folder, { recursive: true, force: true })])
    },
  }
}

function endOf(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    const kill = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS)
    child.once('exit', () => {
      clearTimeout(kill)
      resolve()
    })
    child.kill('SIGTERM')
  })
}
