import { readFile } from 'node:fs/promises'

export type Tenant = {
  id: string
  slug: string
  hosts: readonly string[]
  state: 'active' | 'suspended'
  limits: { requestsPerSecond: number; burst: number; statementTimeoutMs: number }
}
type File = { unit: string; revision: number; tenants: readonly Tenant[] }
export type Tenants = {
  byHost: (host: string) => Tenant | undefined
  /** Revision in use; -1 until a first file was good. */
  revision: () => number
  stop: () => void
}
type Options = {
  file: string
  /** Names under which this unit's file may go. */
  unit: readonly string[]
  /** `silo`: one tenant's own, so a file with more of them is refused. */
  tenancy: string
  log: (line: string) => void
}

const LOOK_EVERY_MS = 100

/** Keeps the tenants file loaded. One that is missing, broken, older or somebody else's changes nothing. */
export async function watchTenants({ file, unit, tenancy, log }: Options): Promise<Tenants> {
  let current: File | undefined
  let seen = ''
  const look = async () => {
    const text = await readFile(file, 'utf8').catch(() => seen)
    if (text === seen) return
    seen = text
    try {
      current = accepted(JSON.parse(text) as File, current, unit, tenancy) // fields that are missing fail below
      log(`tenants file of revision ${current.revision} loaded`)
    } catch (error) {
      log(`tenants file refused: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  await look()
  const timer = setInterval(() => void look(), LOOK_EVERY_MS)
  return {
    byHost: (host) => current?.tenants.find(({ hosts }) => hosts.includes(host)),
    revision: () => current?.revision ?? -1,
    stop: () => clearInterval(timer),
  }
}

function accepted(next: File, current: File | undefined, unit: readonly string[], tenancy: string): File {
  if (!unit.includes(next.unit)) throw new Error(`it is for unit ${next.unit}`)
  if (!Number.isInteger(next.revision) || next.revision < (current?.revision ?? 0)) throw new Error('it is older')
  if (tenancy === 'silo' && next.tenants.length > 1) throw new Error(`it lists ${next.tenants.length} tenants`)
  return next
}
