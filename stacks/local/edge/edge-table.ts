import type { RequestLimits } from '../../../control-plane/domain/limits.ts'
import { defineProblems } from '../../../control-plane/domain/problem.ts'

/** Where the traffic of one host name goes, and the epoch of the operation that said so last. */
export type EdgeRoute = {
  host: string
  target: string
  unit: string
  tenant: string
  epoch: number
  /** Answered with 403 here: its tenant is suspended and nothing of it runs. */
  refusing?: boolean
  /** What is over it is answered with 429 here. */
  limits?: RequestLimits
}
/** A closed route stays as a tombstone: its epoch still refuses an open that was overtaken. */
export type EdgeEntry = EdgeRoute & { closed: boolean }
export type EdgeTable = ReadonlyMap<string, EdgeEntry>

export const edgeProblems = defineProblems<
  'effect.fenced' | 'edge.host-taken' | 'edge.route-invalid' | 'edge.route-unknown'
>({
  'effect.fenced': { status: 409, retryable: false, title: 'A later operation has already acted here' },
  'edge.host-taken': { status: 409, retryable: false, title: 'The host name is open for another tenant' },
  'edge.route-invalid': { status: 400, retryable: false, title: 'The route is not valid' },
  'edge.route-unknown': { status: 404, retryable: false, title: 'There is no such edge route' },
})

/**
 * The table after opening a host. Repeating an open changes nothing; a lower epoch than the host has seen throws
 * `effect.fenced`, and so does one that is not above the epoch at which the host was closed: it was overtaken by that close.
 */
export function openRoute(table: EdgeTable, route: EdgeRoute): Map<string, EdgeEntry> {
  const known = table.get(route.host)
  if (known) {
    const overtaken = known.closed ? route.epoch <= known.epoch : route.epoch < known.epoch
    if (overtaken) throw fenced(route.host, route.epoch, known)
    if (!known.closed && known.tenant !== route.tenant) throw taken(known)
  }
  return new Map(table).set(route.host, { ...route, closed: false })
}

/** The table after closing a host; closing what is not open leaves its tombstone. Throws `effect.fenced` for a lower epoch. */
export function closeRoute(
  table: EdgeTable,
  close: { host: string; tenant: string; epoch: number },
): Map<string, EdgeEntry> {
  const known = table.get(close.host)
  if (known && close.epoch < known.epoch) throw fenced(close.host, close.epoch, known)
  if (known && !known.closed && known.tenant !== close.tenant) throw taken(known)
  return new Map(table).set(close.host, { target: '', unit: '', ...known, ...close, closed: true })
}

const fenced = (host: string, epoch: number, known: EdgeEntry) =>
  edgeProblems['effect.fenced']({
    detail: `${host} was ${known.closed ? 'closed' : 'opened'} at epoch ${known.epoch}; epoch ${epoch} comes too late`,
  })
const taken = (known: EdgeEntry) =>
  edgeProblems['edge.host-taken']({
    detail: `${known.host} is open for another tenant; close it first`,
    extra: { tenant: known.tenant },
  })
