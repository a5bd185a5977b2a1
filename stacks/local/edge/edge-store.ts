import { existsSync, readFileSync } from 'node:fs'
import { mkdir, open, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { EdgeEntry, EdgeTable } from './edge-table.ts'

type StateFile = { version: 1; routes: EdgeEntry[] }

export interface EdgeStore {
  current: () => EdgeTable
  /** Decides on the newest table and resolves once the result is on disk; what `decide` throws changes nothing. */
  change: (decide: (table: EdgeTable) => Map<string, EdgeEntry>) => Promise<void>
}

type Change = {
  decide: (table: EdgeTable) => Map<string, EdgeEntry>
  resolve: () => void
  reject: (error: unknown) => void
}

/** Keeps the edge's table in one file. Throws when the file is of a version this program does not know. */
export function openEdgeStore(file: string): EdgeStore {
  let table: EdgeTable = load(file)
  const waiting: Change[] = []
  let draining = false

  /** Decides waiting changes in order and writes them together: a burst costs two syncs, not one each. */
  const drain = async (): Promise<void> => {
    draining = true
    while (waiting.length > 0) {
      let draft = table
      const decided = waiting.splice(0).filter((change) => {
        try {
          draft = change.decide(draft)
          return true
        } catch (error) {
          change.reject(error)
          return false
        }
      })
      try {
        if (decided.length > 0) await save(file, draft)
        table = draft
        for (const change of decided) change.resolve()
      } catch (error) {
        for (const change of decided) change.reject(error)
      }
    }
    draining = false
  }
  return {
    current: () => table,
    change: (decide) =>
      new Promise((resolve, reject) => {
        waiting.push({ decide, resolve, reject })
        if (!draining) void drain()
      }),
  }
}

function load(file: string): EdgeTable {
  if (!existsSync(file)) return new Map()
  const state = JSON.parse(readFileSync(file, 'utf8')) as StateFile // written by us; the version is checked next
  if (state.version !== 1)
    throw new Error(`edge state ${file} has version ${String(state.version)}; this program knows version 1`)
  return new Map(state.routes.map((entry) => [entry.host, entry]))
}

async function save(file: string, table: EdgeTable): Promise<void> {
  const state: StateFile = { version: 1, routes: [...table.values()] }
  await mkdir(dirname(file), { recursive: true })
  const next = `${file}.next`
  const handle = await open(next, 'w', 0o600)
  try {
    await handle.writeFile(JSON.stringify(state))
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(next, file)
  // The rename itself survives a power cut only once the folder is on disk.
  const folder = await open(dirname(file), 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
