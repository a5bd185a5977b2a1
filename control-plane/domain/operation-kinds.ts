import type { Subject } from './subjects.ts'
import { isOwn, type UnitKind } from './unit-kinds.ts'

/** Every kind of long-running change the plane can be asked for. A new kind is a row here and in `admission.ts`. */
export const OPERATION_KINDS = [
  'cell.create',
  'cell.retire',
  'tenant.provision',
  'tenant.adopt',
  'tenant.update',
  'tenant.suspend',
  'tenant.resume',
  'tenant.export',
  'tenant.decommission',
  'tenant.move',
  'tenant.move-retire',
  'tenant.move-abort',
  'unit.deploy',
  'unit.attest',
  'unit.check',
  'unit.reconcile',
  'unit.backup',
  'unit.rotate-key',
] as const
export type OperationKind = (typeof OPERATION_KINDS)[number]

export type StepDefinition = {
  /** Stable name: the activity that performs it and the key of its record. */
  step: string
  /** What a person watching reads. */
  title: string
}

export type Process = {
  steps: readonly StepDefinition[]
  /** The first step after which cancelling no longer turns back; null when every step can be undone. */
  pointOfNoReturn: string | null
}
/**
 * `ownOnly`: it is asked for on units of a tenant's own alone; `instance`: the way where the tenant has a unit of its own, for the kinds whose way differs there; `stack`: the way where that
 * unit is a stack, where it differs once more.
 */
export type KindDefinition = Process & { ownOnly?: true; instance?: Process; stack?: Process }

/** Steps that several kinds have, each the same activity. */
const MAKE_UNIT = [
  { step: 'prepare-namespace', title: 'Create the namespace and its guardrails' },
  { step: 'create-database', title: 'Create the database, its logins and their secret' },
  { step: 'migrate', title: 'Run the product migrations' },
  { step: 'deploy', title: 'Deploy the product and wait until it is ready' },
] as const satisfies readonly StepDefinition[]
const OPEN = [
  { step: 'publish-tenant', title: 'Publish the tenant to every pod of its unit' },
  { step: 'apply-route', title: 'Route its host name inside the unit' },
  { step: 'open-edge', title: 'Open its host name at the edge' },
  { step: 'probe-serving', title: 'Request its address until it answers as this tenant' },
] as const satisfies readonly StepDefinition[]
const ADOPT = [
  { step: 'begin-adoption', title: 'Check that everything is as it was observed' },
  { step: 'prepare-namespace', title: 'Take the namespace over and apply its guardrails' },
  { step: 'take-database', title: 'Take the database over: logins of its own, owner and rights' },
  { step: 'migrate', title: 'Run the product migrations' },
  { step: 'deploy', title: 'Deploy the product and wait until it is ready' },
  ...OPEN,
  { step: 'end-adoption', title: 'Keep what was taken over: from here on it is the unit’s like any' },
] as const satisfies readonly StepDefinition[]
const BUILD_STACK = [
  { step: 'build-stack', title: 'Build its own cluster, database pair, key and backup store' },
] as const satisfies readonly StepDefinition[]
const DESTROY_STACK = {
  step: 'destroy-stack',
  title: 'Destroy its cluster, database pair, key and backup store',
} as const satisfies StepDefinition
const UPDATE_OWN = [
  { step: 'apply-quota', title: 'Apply the quota and the limit ranges of its plan' },
  { step: 'limit-database', title: 'Limit connections and statements of its database login' },
  { step: 'publish-tenant', title: 'Publish the new limits to every pod of its unit' },
  { step: 'limit-edge', title: 'Hold the edge to the new limits' },
] as const satisfies readonly StepDefinition[]
const CLOSE = [
  { step: 'close-edge', title: 'Close its host name at the edge' },
  { step: 'remove-route', title: 'Remove its route inside the unit' },
] as const satisfies readonly StepDefinition[]
const INSPECT_EXPORT = {
  step: 'inspect-export',
  title: 'Look whether its data can be exported, before anything is closed',
} as const
const EXPORT = { step: 'export-tenant', title: 'Export its data, configuration and record, sealed' } as const
const CONFIRM = { step: 'confirm-removal', title: 'Check a last time that no legal hold forbids it' } as const
const REMOVE_UNIT = [
  { step: 'remove-workload', title: 'Remove the product' },
  { step: 'remove-database', title: 'Drop the database and its logins' },
  { step: 'remove-namespace', title: 'Delete the namespace' },
] as const satisfies readonly StepDefinition[]

const FIND_DRIFT = {
  step: 'find-drift',
  title: 'Compare the unit with what was applied and keep what differs',
} as const satisfies StepDefinition
const REPAIR = [
  { step: 'repair-namespace', title: 'Apply the namespace and its guardrails again' },
  { step: 'repair-database', title: 'Give Secret, logins, rights and limits of the database back what they had' },
  { step: 'repair-workload', title: 'Publish the tenants file and apply the product again' },
  { step: 'repair-routes', title: 'Lead the tenants’ host names to the unit again' },
  { step: 'verify-in-sync', title: 'Compare again: nothing that is ours may differ' },
] as const satisfies readonly StepDefinition[]
/** From the copy to the switch, and until every row was compared there. */
const MOVE = [
  { step: 'copy-rows', title: 'Copy its rows and follow what is written meanwhile' },
  { step: 'publish-guest', title: 'Publish the tenant to every pod of its new unit' },
  { step: 'apply-route', title: 'Route its host name inside the new unit' },
  { step: 'switch-tenant', title: 'Freeze its writes, hand the last rows over and switch its host name' },
  { step: 'probe-serving', title: 'Request its address until it answers as this tenant' },
  { step: 'withdraw-guest', title: 'Withdraw the tenant from every pod of the old unit' },
  { step: 'verify-rows', title: 'Compare every row on both sides and sign what was measured' },
] as const satisfies readonly StepDefinition[]
const INSPECT = [
  { step: 'inspect-move', title: 'Look whether its rows can move, before anything is made' },
] as const satisfies readonly StepDefinition[]
const RETIRE_MOVE = [
  { step: 'verify-rows', title: 'Compare every row on both sides and sign what was measured' },
  { step: 'retire-rows', title: 'End the way back and erase its rows from the old database' },
] as const satisfies readonly StepDefinition[]
const RETURN = [
  { step: 'return-rows', title: 'Hand its rows back and switch its host name to the old unit' },
  { step: 'probe-serving', title: 'Request its address until it answers as this tenant' },
] as const satisfies readonly StepDefinition[]
const WITHDRAW = {
  step: 'withdraw-guest',
  title: 'Withdraw the tenant from every pod of the new unit',
} as const satisfies StepDefinition
const ABORT_MOVE = [
  ...RETURN,
  { step: 'remove-route', title: 'Remove its route inside the new unit' },
  WITHDRAW,
] as const satisfies readonly StepDefinition[]
const VERIFY_LEFT = [
  { step: 'verify-left', title: 'Check with a separate credential that nothing is left of it there' },
] as const satisfies readonly StepDefinition[]

/** What is verified stays: from the last step on only what is old goes. */
const BACK_UP: Process = {
  steps: [
    { step: 'take-backup', title: 'Dump the database as it was at one moment, sealed, into the store of the stack' },
    { step: 'verify-backup', title: 'Read it back, open it, restore it beside the database and count its rows' },
    { step: 'prune-backups', title: 'Delete backups whose time is over, and generations of the key that open nothing' },
  ],
  pointOfNoReturn: 'prune-backups',
}
/** A generation that was made may have sealed something a moment later: nothing turns back. */
const ROTATE_KEY: Process = {
  steps: [
    { step: 'rotate-key', title: 'Make a new generation of the key' },
    { step: 'rewrap-keys', title: 'Wrap the keys of exports by it' },
    { step: 'end-old-keys', title: 'Destroy generations of the key that open nothing' },
  ],
  pointOfNoReturn: 'rotate-key',
}

/** The steps of each kind in order: what progress counts, what the workflows run and what the fault tests enumerate. */
export const KINDS: Readonly<Record<OperationKind, KindDefinition>> = {
  'cell.create': {
    steps: [...MAKE_UNIT, { step: 'verify-cell', title: 'Check that every pod serves the wanted version' }],
    pointOfNoReturn: null,
  },
  'cell.retire': {
    steps: [
      ...REMOVE_UNIT,
      { step: 'verify-cell-gone', title: 'Check with a separate credential that nothing is left' },
    ],
    pointOfNoReturn: 'remove-workload',
  },
  'tenant.provision': {
    steps: OPEN,
    pointOfNoReturn: null,
    instance: { steps: [...MAKE_UNIT, ...OPEN], pointOfNoReturn: null },
    stack: { steps: [...BUILD_STACK, ...MAKE_UNIT, ...OPEN], pointOfNoReturn: null },
  },
  // Until it has ended, what was there before is only marked, and each way back lets it go again.
  'tenant.adopt': {
    ownOnly: true,
    steps: ADOPT,
    pointOfNoReturn: 'end-adoption',
    instance: { steps: ADOPT, pointOfNoReturn: 'end-adoption' },
  },
  'tenant.update': {
    steps: [
      { step: 'publish-tenant', title: 'Publish the new limits to every pod of its unit' },
      { step: 'limit-edge', title: 'Hold the edge to the new limits' },
    ],
    pointOfNoReturn: null,
    instance: { steps: UPDATE_OWN, pointOfNoReturn: null },
    stack: {
      steps: [
        { step: 'resize-stack', title: 'Give its cluster, databases and store the size of its plan' },
        ...UPDATE_OWN,
      ],
      pointOfNoReturn: null,
    },
  },
  'tenant.suspend': {
    steps: [
      { step: 'publish-tenant', title: 'Publish the suspension to every pod of its unit' },
      { step: 'probe-refusing', title: 'Request its address until it is refused' },
    ],
    pointOfNoReturn: null,
    instance: {
      steps: [
        { step: 'publish-tenant', title: 'Publish the suspension to every pod of its unit' },
        { step: 'refuse-at-edge', title: 'Have the edge refuse its host name' },
        { step: 'stop-workload', title: 'Scale the product to nothing and wait until no pod is left' },
        { step: 'probe-refusing', title: 'Request its address until it is refused' },
      ],
      pointOfNoReturn: null,
    },
  },
  'tenant.resume': {
    steps: [
      { step: 'publish-tenant', title: 'Publish the resumption to every pod of its unit' },
      { step: 'probe-serving', title: 'Request its address until it answers as this tenant' },
    ],
    pointOfNoReturn: null,
    instance: {
      steps: [
        { step: 'start-workload', title: 'Scale the product up again and wait until it is ready' },
        { step: 'publish-tenant', title: 'Publish the resumption to every pod of its unit' },
        { step: 'open-edge', title: 'Open its host name at the edge' },
        { step: 'probe-serving', title: 'Request its address until it answers as this tenant' },
      ],
      pointOfNoReturn: null,
    },
  },
  'tenant.export': { steps: [EXPORT], pointOfNoReturn: null },
  'tenant.decommission': {
    steps: [
      INSPECT_EXPORT,
      ...CLOSE,
      { step: 'withdraw-tenant', title: 'Withdraw the tenant from every pod of its unit' },
      EXPORT,
      CONFIRM,
      { step: 'erase-rows', title: 'Erase its rows from the database of its unit' },
      { step: 'verify-tenant-gone', title: 'Check with a separate credential that nothing is left, and certify it' },
    ],
    pointOfNoReturn: 'erase-rows',
    instance: {
      steps: [
        ...CLOSE,
        EXPORT,
        CONFIRM,
        ...REMOVE_UNIT,
        { step: 'verify-tenant-gone', title: 'Check with a separate credential that nothing is left, and certify it' },
      ],
      pointOfNoReturn: 'remove-workload',
    },
    stack: {
      // What is inside goes with the cluster and the database pair: a stack that no longer answers must be removable, too.
      steps: [
        CLOSE[0],
        EXPORT,
        CONFIRM,
        DESTROY_STACK,
        { step: 'verify-tenant-gone', title: 'Check with a separate credential that nothing is left, and certify it' },
      ],
      pointOfNoReturn: 'destroy-stack',
    },
  },
  // The unit of a move's operations is the one that it makes or removes: the target of a move, the source of its retirement.
  'tenant.move': {
    steps: [...INSPECT, ...MOVE],
    pointOfNoReturn: null,
    instance: { steps: [...INSPECT, ...MAKE_UNIT, ...MOVE], pointOfNoReturn: null },
    stack: { steps: [...INSPECT, ...BUILD_STACK, ...MAKE_UNIT, ...MOVE], pointOfNoReturn: null },
  },
  'tenant.move-retire': {
    steps: [...RETIRE_MOVE, ...VERIFY_LEFT],
    pointOfNoReturn: 'retire-rows',
    instance: { steps: [...RETIRE_MOVE, ...REMOVE_UNIT, ...VERIFY_LEFT], pointOfNoReturn: 'retire-rows' },
    stack: { steps: [...RETIRE_MOVE, DESTROY_STACK, ...VERIFY_LEFT], pointOfNoReturn: 'retire-rows' },
  },
  'tenant.move-abort': {
    steps: [...ABORT_MOVE, ...VERIFY_LEFT],
    pointOfNoReturn: 'return-rows',
    instance: { steps: [...ABORT_MOVE, ...REMOVE_UNIT, ...VERIFY_LEFT], pointOfNoReturn: 'return-rows' },
    // Its route goes with its cluster, which may not answer any more.
    stack: { steps: [...RETURN, WITHDRAW, DESTROY_STACK, ...VERIFY_LEFT], pointOfNoReturn: 'return-rows' },
  },
  'unit.deploy': {
    steps: [
      { step: 'check-release', title: 'Check that the version can run here before anything is touched' },
      { step: 'expand-database', title: 'Run the expand migrations of the version' },
      { step: 'roll-pods', title: 'Replace pod after pod, each when the one before is ready' },
      { step: 'verify-version', title: 'Check that every pod serves the version and all tenants' },
    ],
    pointOfNoReturn: null,
  },
  'unit.attest': {
    steps: [
      { step: 'prepare-probe', title: 'Make a second tenant beside the unit, to try from and to try on' },
      { step: 'run-checks', title: 'Try what must be refused and what must be allowed, and sign what was seen' },
      { step: 'remove-probe', title: 'Take the second tenant away again' },
    ],
    pointOfNoReturn: null,
  },
  'unit.check': {
    steps: [
      { step: 'prepare-check', title: 'Publish tenants of the check and make a scratch database' },
      { step: 'run-clauses', title: 'Hold the product against each clause of its contract, and sign what was seen' },
      { step: 'remove-check', title: 'Take tenants and database of the check away again' },
    ],
    pointOfNoReturn: null,
  },
  // A repair is not taken back: that would make what is broken again.
  'unit.reconcile': {
    steps: [FIND_DRIFT, ...REPAIR],
    pointOfNoReturn: 'repair-namespace',
    stack: {
      steps: [
        FIND_DRIFT,
        { step: 'repair-stack', title: 'Give its cluster, databases and store back what they were built with' },
        ...REPAIR,
      ],
      pointOfNoReturn: 'repair-stack',
    },
  },
  // Only a stack has a store and a key of its own.
  'unit.backup': { ...BACK_UP, ownOnly: true, stack: BACK_UP },
  'unit.rotate-key': { ...ROTATE_KEY, ownOnly: true, stack: ROTATE_KEY },
}

/** The way an operation of a kind goes on a unit of a kind. */
export function processOf(kind: OperationKind, unit: UnitKind): Process {
  const { instance, stack, ownOnly: _, ...shared } = KINDS[kind]
  return (unit === 'stack' ? stack : undefined) ?? (isOwn(unit) ? instance : undefined) ?? shared
}

/** Every way there is: for what must hold for each of them. */
export const PROCESSES: readonly { kind: OperationKind; unit: UnitKind }[] = OPERATION_KINDS.flatMap((kind) => [
  ...(KINDS[kind].ownOnly ? [] : [{ kind, unit: 'cell' as const }]),
  ...(KINDS[kind].instance ? [{ kind, unit: 'instance' as const }] : []),
  ...(KINDS[kind].stack ? [{ kind, unit: 'stack' as const }] : []),
])

const UNDO = 'undo-'

/** What a person reads of a step, of its undo or of what the frame does; undefined for a step that the kind does not have. */
export function stepTitle(kind: OperationKind, step: string): string | undefined {
  if (step === 'quarantine') return 'Label and report what could not be taken back'
  const { steps, instance, stack } = KINDS[kind]
  const declared = [...steps, ...(instance?.steps ?? []), ...(stack?.steps ?? [])].find(
    (known) => known.step === (step.startsWith(UNDO) ? step.slice(UNDO.length) : step),
  )
  return declared && step.startsWith(UNDO) ? `Take back: ${declared.title}` : declared?.title
}

/** The title of a step by kind, for the kinds that have it. */
export const stepTitles = (step: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    OPERATION_KINDS.flatMap((kind) => {
      const title = stepTitle(kind, step)
      return title === undefined ? [] : [[kind, title] as const]
    }),
  )

/** What an operation holds while it runs: `exclusive` alone, `shared` beside other shared holders. */
export type Claim = { subject: Subject; mode: 'shared' | 'exclusive' }

/** `otherUnitId`: the second unit of a move. */
export type Touched = { tenantId: string | null; unitId: string; otherUnitId?: string | null }

/**
 * The claims of an operation, in the order in which subjects are locked (sorted, so that two never wait in a circle).
 * Throws when a tenant's operation names no tenant.
 */
export function claimsOf(kind: OperationKind, on: Touched): readonly Claim[] {
  if (!kind.startsWith('tenant.')) return [{ subject: `unit:${on.unitId}`, mode: 'exclusive' }]
  if (on.tenantId === null) throw new Error(`${kind} needs a tenant`)
  const claims: Claim[] = [
    { subject: `tenant:${on.tenantId}`, mode: 'exclusive' },
    { subject: `unit:${on.unitId}`, mode: 'shared' },
    ...(on.otherUnitId ? [{ subject: `unit:${on.otherUnitId}`, mode: 'shared' } as const] : []),
  ]
  return claims.toSorted((a, b) => (a.subject < b.subject ? -1 : 1))
}
