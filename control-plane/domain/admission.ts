import { claimsOf, type Claim, type OperationKind, type Touched } from './operation-kinds.ts'
import type { OpenState } from './operation-states.ts'
import type { Subject } from './subjects.ts'

export type RejectCode = 'operation.conflict'
/**
 * What becomes of a wanted operation beside an open one that it conflicts with. `start` is not among them: two operations that
 * share a subject which one of them needs alone never run side by side, and those that share nothing so never meet here.
 */
export type Rule = 'queue' | 'merge' | 'pre-empt' | { reject: RejectCode }

const queue = 'queue'
const merge = 'merge'
const preempt = 'pre-empt'
const reject = { reject: 'operation.conflict' } as const
const beside = {
  /** A cell that is being made has no tenants, and one with tenants at work is neither made nor retired. */
  tenantWork: {
    'tenant.provision': reject,
    'tenant.adopt': reject,
    'tenant.update': reject,
    'tenant.suspend': reject,
    'tenant.resume': reject,
    'tenant.export': reject,
    'tenant.decommission': reject,
    'tenant.move': reject,
    'tenant.move-retire': reject,
    'tenant.move-abort': reject,
  },
  cellWork: { 'cell.create': reject, 'cell.retire': reject },
  /** Work on a whole unit and work on its tenants take turns. */
  tenantTurn: {
    'tenant.provision': queue,
    'tenant.adopt': queue,
    'tenant.update': queue,
    'tenant.suspend': queue,
    'tenant.resume': queue,
    'tenant.export': queue,
    'tenant.decommission': queue,
    'tenant.move': queue,
    'tenant.move-retire': queue,
    'tenant.move-abort': queue,
  },
  /** Where the tenant is served must be known when something else is asked for: what is on its way first arrives or turns back. */
  moves: { 'tenant.move': reject, 'tenant.move-retire': queue, 'tenant.move-abort': reject },
  unitTurn: {
    'unit.deploy': queue,
    'unit.attest': queue,
    'unit.check': queue,
    'unit.reconcile': queue,
    'unit.backup': queue,
    'unit.rotate-key': queue,
  },
  unitWork: {
    'unit.deploy': reject,
    'unit.attest': reject,
    'unit.check': reject,
    'unit.reconcile': reject,
    'unit.backup': reject,
    'unit.rotate-key': reject,
  },
} as const
/** Whatever way a tenant comes, what is asked for meanwhile waits for it. */
const arrival = {
  ...beside.cellWork,
  ...beside.unitTurn,
  'tenant.update': queue,
  'tenant.suspend': queue,
  'tenant.resume': queue,
  'tenant.export': queue,
  'tenant.decommission': reject,
  ...beside.moves,
} as const

/**
 * `MATRIX[wanted][open]`, for two operations of which at least one claims alone what both touch. What stops existing rejects
 * whatever comes after it; decommissioning stops what opens or changes the tenant, and lets a suspension finish, because
 * undoing one would serve a leaving tenant for a moment.
 */
export const MATRIX: Readonly<Record<OperationKind, Readonly<Record<OperationKind, Rule>>>> = {
  'cell.create': { 'cell.create': merge, 'cell.retire': reject, ...beside.tenantWork, ...beside.unitWork },
  'cell.retire': { 'cell.create': preempt, 'cell.retire': merge, ...beside.tenantWork, ...beside.unitTurn },
  // A tenant comes to be in one way: by a provision or by an adoption, and never by both.
  'tenant.provision': { ...arrival, 'tenant.provision': merge, 'tenant.adopt': reject },
  'tenant.adopt': { ...arrival, 'tenant.provision': reject, 'tenant.adopt': merge },
  'tenant.update': {
    ...beside.cellWork,
    ...beside.unitTurn,
    'tenant.provision': queue,
    'tenant.adopt': queue,
    'tenant.update': queue, // two updates carry two contents: the second is not the first said again
    'tenant.suspend': queue,
    'tenant.resume': queue,
    'tenant.export': queue,
    'tenant.decommission': reject,
    ...beside.moves,
  },
  'tenant.suspend': {
    ...beside.cellWork,
    ...beside.unitTurn,
    'tenant.provision': queue,
    'tenant.adopt': queue,
    'tenant.update': queue,
    'tenant.suspend': merge,
    'tenant.resume': queue,
    'tenant.export': queue,
    'tenant.decommission': reject,
    ...beside.moves,
  },
  'tenant.resume': {
    ...beside.cellWork,
    ...beside.unitTurn,
    'tenant.provision': queue,
    'tenant.adopt': queue,
    'tenant.update': queue,
    'tenant.suspend': queue,
    'tenant.resume': merge,
    'tenant.export': queue,
    'tenant.decommission': reject,
    ...beside.moves,
  },
  // It reads what those before it have made of the tenant, and changes nothing.
  'tenant.export': {
    ...beside.cellWork,
    ...beside.unitTurn,
    'tenant.provision': queue,
    'tenant.adopt': queue,
    'tenant.update': queue,
    'tenant.suspend': queue,
    'tenant.resume': queue,
    'tenant.export': merge,
    'tenant.decommission': reject,
    ...beside.moves,
  },
  'tenant.decommission': {
    ...beside.cellWork,
    ...beside.unitTurn,
    'tenant.provision': preempt,
    'tenant.adopt': queue, // it ends in what is the tenant's own, or gives everything back
    'tenant.update': preempt,
    'tenant.suspend': queue,
    'tenant.resume': preempt,
    'tenant.export': queue,
    'tenant.decommission': merge,
    ...beside.moves,
    'tenant.move-retire': reject, // a tenant with two places is not removed
  },
  // Two moves carry two plans, and each begins where the tenant is known to be.
  'tenant.move': { ...beside.cellWork, ...beside.unitTurn, ...beside.tenantWork },
  'tenant.move-retire': {
    ...beside.cellWork,
    ...beside.unitTurn,
    ...beside.tenantTurn,
    'tenant.provision': reject,
    'tenant.adopt': reject,
    'tenant.decommission': reject,
    'tenant.move': reject,
    'tenant.move-retire': merge,
    'tenant.move-abort': reject,
  },
  // It gives the tenant back what it had before: nothing that changes it may be under way.
  'tenant.move-abort': { ...beside.cellWork, ...beside.unitTurn, ...beside.tenantWork, 'tenant.move-abort': merge },
  // Two deployments carry two versions: the second is not the first said again.
  'unit.deploy': { ...beside.cellWork, ...beside.tenantTurn, ...beside.unitTurn },
  'unit.attest': { ...beside.cellWork, ...beside.tenantTurn, ...beside.unitTurn, 'unit.attest': merge },
  'unit.check': { ...beside.cellWork, ...beside.tenantTurn, ...beside.unitTurn, 'unit.check': merge },
  'unit.reconcile': { ...beside.cellWork, ...beside.tenantTurn, ...beside.unitTurn, 'unit.reconcile': merge },
  'unit.backup': { ...beside.cellWork, ...beside.tenantTurn, ...beside.unitTurn, 'unit.backup': merge },
  'unit.rotate-key': { ...beside.cellWork, ...beside.tenantTurn, ...beside.unitTurn, 'unit.rotate-key': merge },
}

export type Wanted = Touched & { kind: OperationKind }
/** An operation in line or at work; `cancelling`: it was asked to stop. */
export type Open = Wanted & { id: string; state: OpenState; cancelling: boolean }

export type Admission<O extends Open = Open> =
  | { verdict: 'start' }
  | { verdict: 'queue'; behind: O }
  | { verdict: 'merge'; into: O }
  /** `victims` are to be cancelled; the wanted one queues behind the last in its way all the same. */
  | { verdict: 'pre-empt'; victims: readonly O[]; behind: O }
  | { verdict: 'reject'; code: RejectCode; by: O }

/** Whether both touch something that one of them needs alone. */
export function conflicts(a: Wanted, b: Wanted): boolean {
  const theirs = claimsOf(b.kind, b)
  return claimsOf(a.kind, a).some((mine) =>
    theirs.some((their) => their.subject === mine.subject && (mine.mode === 'exclusive' || their.mode === 'exclusive')),
  )
}

/** Decides about a wanted operation beside the open ones, given oldest first. */
export function admit<O extends Open>(wanted: Wanted, open: readonly O[]): Admission<O> {
  const met = open.filter((other) => conflicts(wanted, other))
  const last = met.at(-1)
  if (last === undefined) return { verdict: 'start' }
  const rule = (other: O) => MATRIX[wanted.kind][other.kind]
  for (const by of met) {
    const verdict = rule(by)
    if (typeof verdict === 'object') return { verdict: 'reject', code: verdict.reject, by }
  }
  // Only the last in line: suspend, resume, suspend means suspended in the end. Never into one that was asked to stop.
  if (rule(last) === 'merge' && !last.cancelling) return { verdict: 'merge', into: last }
  const victims = met.filter((other) => rule(other) === 'pre-empt' && !other.cancelling)
  return victims.length > 0 ? { verdict: 'pre-empt', victims, behind: last } : { verdict: 'queue', behind: last }
}

/**
 * The queued operations whose turn it is: nothing open and older conflicts with them. `open` is oldest first. One that was asked
 * to stop is not started any more, but keeps its place until it is closed.
 */
export function promotable<O extends Open>(open: readonly O[]): readonly O[] {
  const touched = new Map<Subject, Claim['mode']>() // by everything older; exclusive outweighs shared
  const free: O[] = []
  for (const operation of open) {
    const claims = claimsOf(operation.kind, operation)
    const blocked = claims.some(({ subject, mode }) => {
      const older = touched.get(subject)
      return older === 'exclusive' || (older === 'shared' && mode === 'exclusive')
    })
    for (const { subject, mode } of claims) if (touched.get(subject) !== 'exclusive') touched.set(subject, mode)
    if (operation.state === 'queued' && !operation.cancelling && !blocked) free.push(operation)
  }
  return free
}
