import { KEEPING } from './admission.keeping.fixture.ts'
import { expect, test } from 'vitest'
import { admit, conflicts, promotable, type Open } from './admission.ts'
import { KINDS, OPERATION_KINDS, type OperationKind } from './operation-kinds.ts'

const T = 'acme'
const U = 'cell-1'
const on = (kind: OperationKind, tenant = T, unit = U) => ({
  kind,
  tenantId: kind.startsWith('tenant.') ? tenant : null,
  unitId: unit,
})
const open = (id: string, kind: OperationKind, more: Partial<Open> = {}): Open => ({
  ...on(kind),
  id,
  state: 'running',
  cancelling: false,
  ...more,
})

type Row = [wanted: OperationKind, beside: OperationKind, verdict: string, why: string]
const table: Row[] = [
  ['cell.create', 'cell.create', 'merge', 'the same wish twice'],
  ['cell.create', 'cell.retire', 'reject', 'what is being retired is not made at the same time'],
  ['cell.create', 'tenant.provision', 'reject', 'a cell with a tenant on its way exists already'],
  ['cell.create', 'tenant.update', 'reject', 'a cell with a tenant exists already'],
  ['cell.create', 'tenant.suspend', 'reject', 'a cell with a tenant exists already'],
  ['cell.create', 'tenant.resume', 'reject', 'a cell with a tenant exists already'],
  ['cell.create', 'tenant.decommission', 'reject', 'a cell with a tenant exists already'],
  ['cell.retire', 'cell.create', 'pre-empt', 'there is no use in finishing what is to go'],
  ['cell.retire', 'cell.retire', 'merge', 'the same wish twice'],
  ['cell.retire', 'tenant.provision', 'reject', 'a cell is retired only when nobody is in it'],
  ['cell.retire', 'tenant.update', 'reject', 'a cell is retired only when nobody is in it'],
  ['cell.retire', 'tenant.suspend', 'reject', 'a cell is retired only when nobody is in it'],
  ['cell.retire', 'tenant.resume', 'reject', 'a cell is retired only when nobody is in it'],
  ['cell.retire', 'tenant.decommission', 'reject', 'the last tenant must have left before'],
  ['tenant.provision', 'cell.create', 'reject', 'the cell is not there yet'],
  ['tenant.provision', 'cell.retire', 'reject', 'the cell is going'],
  ['tenant.provision', 'tenant.provision', 'merge', 'the same wish twice'],
  ['tenant.provision', 'tenant.update', 'queue', 'a retry waits for what is under way'],
  ['tenant.provision', 'tenant.suspend', 'queue', 'a retry waits for what is under way'],
  ['tenant.provision', 'tenant.resume', 'queue', 'a retry waits for what is under way'],
  ['tenant.provision', 'tenant.decommission', 'reject', 'nothing comes after leaving'],
  ['tenant.update', 'cell.create', 'reject', 'the cell is not there yet'],
  ['tenant.update', 'cell.retire', 'reject', 'the cell is going'],
  ['tenant.update', 'tenant.provision', 'queue', 'the new limits come after the tenant'],
  ['tenant.update', 'tenant.update', 'queue', 'two updates carry two contents'],
  ['tenant.update', 'tenant.suspend', 'queue', 'one change at a time'],
  ['tenant.update', 'tenant.resume', 'queue', 'one change at a time'],
  ['tenant.update', 'tenant.decommission', 'reject', 'nothing comes after leaving'],
  ['tenant.suspend', 'cell.create', 'reject', 'the cell is not there yet'],
  ['tenant.suspend', 'cell.retire', 'reject', 'the cell is going'],
  ['tenant.suspend', 'tenant.provision', 'queue', 'suspended as soon as it is there'],
  ['tenant.suspend', 'tenant.update', 'queue', 'one change at a time'],
  ['tenant.suspend', 'tenant.suspend', 'merge', 'the same wish twice'],
  ['tenant.suspend', 'tenant.resume', 'queue', 'the later wish holds in the end'],
  ['tenant.suspend', 'tenant.decommission', 'reject', 'nothing comes after leaving'],
  ['tenant.resume', 'cell.create', 'reject', 'the cell is not there yet'],
  ['tenant.resume', 'cell.retire', 'reject', 'the cell is going'],
  ['tenant.resume', 'tenant.provision', 'queue', 'one change at a time'],
  ['tenant.resume', 'tenant.update', 'queue', 'one change at a time'],
  ['tenant.resume', 'tenant.suspend', 'queue', 'the later wish holds in the end'],
  ['tenant.resume', 'tenant.resume', 'merge', 'the same wish twice'],
  ['tenant.resume', 'tenant.decommission', 'reject', 'nothing comes after leaving'],
  ['tenant.decommission', 'cell.create', 'reject', 'the cell is not there yet'],
  ['tenant.decommission', 'cell.retire', 'reject', 'the cell goes only when nobody is in it'],
  ['tenant.decommission', 'tenant.provision', 'pre-empt', 'there is no use in finishing what is to go'],
  ['tenant.decommission', 'tenant.update', 'pre-empt', 'new limits matter to nobody any more'],
  ['tenant.decommission', 'tenant.suspend', 'queue', 'undoing a suspension would serve a leaving tenant'],
  ['tenant.decommission', 'tenant.resume', 'pre-empt', 'a leaving tenant is not served again'],
  ['tenant.decommission', 'tenant.decommission', 'merge', 'the same wish twice'],
  ['cell.create', 'unit.deploy', 'reject', 'a cell that moves to a version exists already'],
  ['cell.retire', 'unit.deploy', 'queue', 'the cell goes when it has come to rest'],
  ['tenant.provision', 'unit.deploy', 'queue', 'tenants wait while their unit moves'],
  ['tenant.update', 'unit.deploy', 'queue', 'tenants wait while their unit moves'],
  ['tenant.suspend', 'unit.deploy', 'queue', 'tenants wait while their unit moves'],
  ['tenant.resume', 'unit.deploy', 'queue', 'tenants wait while their unit moves'],
  ['tenant.decommission', 'unit.deploy', 'queue', 'tenants wait while their unit moves'],
  ['unit.deploy', 'cell.create', 'reject', 'the cell is not there yet'],
  ['unit.deploy', 'cell.retire', 'reject', 'the cell is going'],
  ['unit.deploy', 'tenant.provision', 'queue', 'a unit moves when its tenants have come to rest'],
  ['unit.deploy', 'tenant.update', 'queue', 'a unit moves when its tenants have come to rest'],
  ['unit.deploy', 'tenant.suspend', 'queue', 'a unit moves when its tenants have come to rest'],
  ['unit.deploy', 'tenant.resume', 'queue', 'a unit moves when its tenants have come to rest'],
  ['unit.deploy', 'tenant.decommission', 'queue', 'a unit moves when its tenants have come to rest'],
  ['unit.deploy', 'unit.deploy', 'queue', 'two deployments carry two versions'],
  ['cell.create', 'unit.attest', 'reject', 'what can be attested exists already'],
  ['cell.retire', 'unit.attest', 'queue', 'what is measured is not taken away meanwhile'],
  ['tenant.provision', 'unit.attest', 'queue', 'what is measured is not changed meanwhile'],
  ['tenant.update', 'unit.attest', 'queue', 'what is measured is not changed meanwhile'],
  ['tenant.suspend', 'unit.attest', 'queue', 'what is measured is not changed meanwhile'],
  ['tenant.resume', 'unit.attest', 'queue', 'what is measured is not changed meanwhile'],
  ['tenant.decommission', 'unit.attest', 'queue', 'what is measured is not changed meanwhile'],
  ['unit.attest', 'cell.create', 'reject', 'the cell is not there yet'],
  ['unit.attest', 'cell.retire', 'reject', 'the cell is going'],
  ['unit.attest', 'tenant.provision', 'queue', 'measured when the tenant is as wanted'],
  ['unit.attest', 'tenant.update', 'queue', 'measured when the tenant is as wanted'],
  ['unit.attest', 'tenant.suspend', 'queue', 'measured when the tenant is as wanted'],
  ['unit.attest', 'tenant.resume', 'queue', 'measured when the tenant is as wanted'],
  ['unit.attest', 'tenant.decommission', 'queue', 'measured when the tenant is as wanted'],
  ['unit.attest', 'unit.attest', 'merge', 'the same wish twice'],
  ['unit.attest', 'unit.deploy', 'queue', 'measured as it will be'],
  ['unit.deploy', 'unit.attest', 'queue', 'what is measured is not changed meanwhile'],
  ['cell.create', 'unit.check', 'reject', 'what can be checked exists already'],
  ['cell.retire', 'unit.check', 'queue', 'what is measured is not taken away meanwhile'],
  ['tenant.provision', 'unit.check', 'queue', 'the check speaks for the tenants file meanwhile'],
  ['tenant.update', 'unit.check', 'queue', 'the check speaks for the tenants file meanwhile'],
  ['tenant.suspend', 'unit.check', 'queue', 'the check speaks for the tenants file meanwhile'],
  ['tenant.resume', 'unit.check', 'queue', 'the check speaks for the tenants file meanwhile'],
  ['tenant.decommission', 'unit.check', 'queue', 'the check speaks for the tenants file meanwhile'],
  ['unit.check', 'cell.create', 'reject', 'the cell is not there yet'],
  ['unit.check', 'cell.retire', 'reject', 'the cell is going'],
  ['unit.check', 'tenant.provision', 'queue', 'checked when the tenant is as wanted'],
  ['unit.check', 'tenant.update', 'queue', 'checked when the tenant is as wanted'],
  ['unit.check', 'tenant.suspend', 'queue', 'checked when the tenant is as wanted'],
  ['unit.check', 'tenant.resume', 'queue', 'checked when the tenant is as wanted'],
  ['unit.check', 'tenant.decommission', 'queue', 'checked when the tenant is as wanted'],
  ['unit.check', 'unit.check', 'merge', 'the same wish twice'],
  ['unit.check', 'unit.deploy', 'queue', 'checked as it will be'],
  ['unit.check', 'unit.attest', 'queue', 'one replaces pods, the other tries from them'],
  ['unit.attest', 'unit.check', 'queue', 'one replaces pods, the other tries from them'],
  ['unit.deploy', 'unit.check', 'queue', 'what is measured is not changed meanwhile'],
  ['cell.create', 'unit.reconcile', 'reject', 'what can be repaired exists already'],
  ['cell.retire', 'unit.reconcile', 'queue', 'what is repaired is not taken away meanwhile'],
  ['tenant.provision', 'unit.reconcile', 'queue', 'what is repaired is not changed meanwhile'],
  ['tenant.update', 'unit.reconcile', 'queue', 'what is repaired is not changed meanwhile'],
  ['tenant.suspend', 'unit.reconcile', 'queue', 'what is repaired is not changed meanwhile'],
  ['tenant.resume', 'unit.reconcile', 'queue', 'what is repaired is not changed meanwhile'],
  ['tenant.decommission', 'unit.reconcile', 'queue', 'what is repaired is not changed meanwhile'],
  ['unit.deploy', 'unit.reconcile', 'queue', 'what is repaired is not changed meanwhile'],
  ['unit.attest', 'unit.reconcile', 'queue', 'measured as it will be'],
  ['unit.reconcile', 'cell.create', 'reject', 'the cell is not there yet'],
  ['unit.reconcile', 'cell.retire', 'reject', 'the cell is going'],
  ['unit.reconcile', 'tenant.provision', 'queue', 'repaired when the tenant is as wanted'],
  ['unit.reconcile', 'tenant.update', 'queue', 'repaired when the tenant is as wanted'],
  ['unit.reconcile', 'tenant.suspend', 'queue', 'repaired when the tenant is as wanted'],
  ['unit.reconcile', 'tenant.resume', 'queue', 'repaired when the tenant is as wanted'],
  ['unit.reconcile', 'tenant.decommission', 'queue', 'repaired when the tenant is as wanted'],
  ['tenant.export', 'cell.create', 'reject', 'the cell is not there yet'],
  ['tenant.export', 'cell.retire', 'reject', 'the cell goes only when nobody is in it'],
  ['tenant.export', 'tenant.provision', 'queue', 'exported when it is there'],
  ['tenant.export', 'tenant.update', 'queue', 'exported as it will be'],
  ['tenant.export', 'tenant.suspend', 'queue', 'exported as it will be'],
  ['tenant.export', 'tenant.resume', 'queue', 'exported as it will be'],
  ['tenant.export', 'tenant.export', 'merge', 'the same wish twice'],
  ['tenant.export', 'tenant.decommission', 'reject', 'nothing comes after leaving'],
  ['tenant.export', 'unit.deploy', 'queue', 'read when the migrations are done'],
  ['tenant.export', 'unit.attest', 'queue', 'what is measured is not disturbed'],
  ['tenant.export', 'unit.check', 'queue', 'the check has a database and pods of its own to end first'],
  ['tenant.export', 'unit.reconcile', 'queue', 'read when it is whole again'],
  ['cell.create', 'tenant.export', 'reject', 'a cell with a tenant exists already'],
  ['cell.retire', 'tenant.export', 'reject', 'the last tenant must have left before'],
  ['tenant.provision', 'tenant.export', 'queue', 'what is read does not change meanwhile'],
  ['tenant.update', 'tenant.export', 'queue', 'what is read does not change meanwhile'],
  ['tenant.suspend', 'tenant.export', 'queue', 'what is read does not change meanwhile'],
  ['tenant.resume', 'tenant.export', 'queue', 'what is read does not change meanwhile'],
  ['tenant.decommission', 'tenant.export', 'queue', 'what was asked for before is kept before'],
  ['unit.deploy', 'tenant.export', 'queue', 'tables stay as they are while they are read'],
  ['unit.attest', 'tenant.export', 'queue', 'measured when nothing else is at work'],
  ['unit.check', 'tenant.export', 'queue', 'checked when nothing else is at work'],
  ['unit.reconcile', 'tenant.export', 'queue', 'repaired when nothing reads it'],
  ['unit.reconcile', 'unit.deploy', 'queue', 'repaired to what was confirmed in the end'],
  ['unit.reconcile', 'unit.attest', 'queue', 'what is measured is not changed meanwhile'],
  ['unit.reconcile', 'unit.reconcile', 'merge', 'the same wish twice'],
  ['unit.check', 'unit.reconcile', 'queue', 'checked as it will be'],
  ['unit.reconcile', 'unit.check', 'queue', 'what is measured is not changed meanwhile'],
  ['cell.create', 'tenant.move', 'reject', 'a cell that a tenant moves to or from exists already'],
  ['cell.create', 'tenant.move-retire', 'reject', 'a cell that a tenant moves to or from exists already'],
  ['cell.create', 'tenant.move-abort', 'reject', 'a cell that a tenant moves to or from exists already'],
  ['cell.retire', 'tenant.move', 'reject', 'a cell is retired only when nobody is in it or may come back'],
  ['cell.retire', 'tenant.move-retire', 'reject', 'a cell is retired only when nobody is in it or may come back'],
  ['cell.retire', 'tenant.move-abort', 'reject', 'a cell is retired only when nobody is in it or may come back'],
  ['tenant.provision', 'tenant.move', 'reject', 'where the tenant is served must be known'],
  ['tenant.provision', 'tenant.move-retire', 'queue', 'the old place goes first'],
  ['tenant.provision', 'tenant.move-abort', 'reject', 'where the tenant is served must be known'],
  ['tenant.update', 'tenant.move', 'reject', 'where the tenant is served must be known'],
  ['tenant.update', 'tenant.move-retire', 'queue', 'the old place goes first'],
  ['tenant.update', 'tenant.move-abort', 'reject', 'where the tenant is served must be known'],
  ['tenant.suspend', 'tenant.move', 'reject', 'where the tenant is served must be known'],
  ['tenant.suspend', 'tenant.move-retire', 'queue', 'the old place goes first'],
  ['tenant.suspend', 'tenant.move-abort', 'reject', 'where the tenant is served must be known'],
  ['tenant.resume', 'tenant.move', 'reject', 'where the tenant is served must be known'],
  ['tenant.resume', 'tenant.move-retire', 'queue', 'the old place goes first'],
  ['tenant.resume', 'tenant.move-abort', 'reject', 'where the tenant is served must be known'],
  ['tenant.decommission', 'tenant.move', 'reject', 'where the tenant is served must be known'],
  ['tenant.decommission', 'tenant.move-retire', 'reject', 'a tenant with two places is neither made nor removed'],
  ['tenant.decommission', 'tenant.move-abort', 'reject', 'where the tenant is served must be known'],
  [
    'tenant.move',
    'tenant.export',
    'reject',
    'a move begins where the tenant is known to be, and an export reads it there',
  ],
  ['tenant.export', 'tenant.move', 'reject', 'what is exported must be known to be in one place'],
  ['tenant.move-retire', 'tenant.export', 'queue', 'what is being read is not erased'],
  ['tenant.export', 'tenant.move-retire', 'queue', 'the old place goes first'],
  [
    'tenant.move-abort',
    'tenant.export',
    'reject',
    'a move begins where the tenant is known to be, and an export reads it there',
  ],
  ['tenant.export', 'tenant.move-abort', 'reject', 'what is exported must be known to be in one place'],
  ['tenant.move', 'cell.create', 'reject', 'the cell is not there yet'],
  ['tenant.move', 'cell.retire', 'reject', 'the cell is going'],
  ['tenant.move', 'tenant.provision', 'reject', 'a move begins where the tenant is known to be, under known terms'],
  ['tenant.move', 'tenant.update', 'reject', 'a move begins where the tenant is known to be, under known terms'],
  ['tenant.move', 'tenant.suspend', 'reject', 'a move begins where the tenant is known to be, under known terms'],
  ['tenant.move', 'tenant.resume', 'reject', 'a move begins where the tenant is known to be, under known terms'],
  ['tenant.move', 'tenant.decommission', 'reject', 'a move begins where the tenant is known to be, under known terms'],
  ['tenant.move', 'tenant.move', 'reject', 'a move begins where the tenant is known to be'],
  ['tenant.move', 'tenant.move-retire', 'reject', 'a move begins where the tenant is known to be'],
  ['tenant.move', 'tenant.move-abort', 'reject', 'a move begins where the tenant is known to be'],
  ['tenant.move', 'unit.deploy', 'queue', 'what is worked on is not left or entered meanwhile'],
  ['tenant.move', 'unit.attest', 'queue', 'what is worked on is not left or entered meanwhile'],
  ['tenant.move', 'unit.check', 'queue', 'what is worked on is not left or entered meanwhile'],
  ['tenant.move', 'unit.reconcile', 'queue', 'what is worked on is not left or entered meanwhile'],
  ['tenant.move-retire', 'cell.create', 'reject', 'the cell is not there yet'],
  ['tenant.move-retire', 'cell.retire', 'reject', 'the cell is going'],
  ['tenant.move-retire', 'tenant.provision', 'reject', 'what is on its way first arrives or turns back'],
  ['tenant.move-retire', 'tenant.update', 'queue', 'the old place waits for what is under way at the new one'],
  ['tenant.move-retire', 'tenant.suspend', 'queue', 'the old place waits for what is under way at the new one'],
  ['tenant.move-retire', 'tenant.resume', 'queue', 'the old place waits for what is under way at the new one'],
  ['tenant.move-retire', 'tenant.decommission', 'reject', 'what is on its way first arrives or turns back'],
  ['tenant.move-retire', 'tenant.move', 'reject', 'what is on its way first arrives or turns back'],
  ['tenant.move-retire', 'tenant.move-retire', 'merge', 'the same wish twice'],
  ['tenant.move-retire', 'tenant.move-abort', 'reject', 'what is on its way first arrives or turns back'],
  ['tenant.move-retire', 'unit.deploy', 'queue', 'what is worked on is not left or entered meanwhile'],
  ['tenant.move-retire', 'unit.attest', 'queue', 'what is worked on is not left or entered meanwhile'],
  ['tenant.move-retire', 'unit.check', 'queue', 'what is worked on is not left or entered meanwhile'],
  ['tenant.move-retire', 'unit.reconcile', 'queue', 'what is worked on is not left or entered meanwhile'],
  ['tenant.move-abort', 'cell.create', 'reject', 'the cell is not there yet'],
  ['tenant.move-abort', 'cell.retire', 'reject', 'the cell is going'],
  [
    'tenant.move-abort',
    'tenant.provision',
    'reject',
    'it gives back what the tenant had: nothing may change it meanwhile',
  ],
  [
    'tenant.move-abort',
    'tenant.update',
    'reject',
    'it gives back what the tenant had: nothing may change it meanwhile',
  ],
  [
    'tenant.move-abort',
    'tenant.suspend',
    'reject',
    'it gives back what the tenant had: nothing may change it meanwhile',
  ],
  [
    'tenant.move-abort',
    'tenant.resume',
    'reject',
    'it gives back what the tenant had: nothing may change it meanwhile',
  ],
  [
    'tenant.move-abort',
    'tenant.decommission',
    'reject',
    'it gives back what the tenant had: nothing may change it meanwhile',
  ],
  ['tenant.move-abort', 'tenant.move', 'reject', 'what is on its way first arrives or turns back'],
  ['tenant.move-abort', 'tenant.move-retire', 'reject', 'what is on its way first arrives or turns back'],
  ['tenant.move-abort', 'tenant.move-abort', 'merge', 'the same wish twice'],
  ['tenant.move-abort', 'unit.deploy', 'queue', 'what is worked on is not left or entered meanwhile'],
  ['tenant.move-abort', 'unit.attest', 'queue', 'what is worked on is not left or entered meanwhile'],
  ['tenant.move-abort', 'unit.check', 'queue', 'what is worked on is not left or entered meanwhile'],
  ['tenant.move-abort', 'unit.reconcile', 'queue', 'what is worked on is not left or entered meanwhile'],
  ['unit.deploy', 'tenant.move', 'queue', 'a unit is worked on when its tenants have come to rest'],
  ['unit.deploy', 'tenant.move-retire', 'queue', 'a unit is worked on when its tenants have come to rest'],
  ['unit.deploy', 'tenant.move-abort', 'queue', 'a unit is worked on when its tenants have come to rest'],
  ['unit.attest', 'tenant.move', 'queue', 'a unit is worked on when its tenants have come to rest'],
  ['unit.attest', 'tenant.move-retire', 'queue', 'a unit is worked on when its tenants have come to rest'],
  ['unit.attest', 'tenant.move-abort', 'queue', 'a unit is worked on when its tenants have come to rest'],
  ['unit.check', 'tenant.move', 'queue', 'a unit is worked on when its tenants have come to rest'],
  ['unit.check', 'tenant.move-retire', 'queue', 'a unit is worked on when its tenants have come to rest'],
  ['unit.check', 'tenant.move-abort', 'queue', 'a unit is worked on when its tenants have come to rest'],
  ['unit.reconcile', 'tenant.move', 'queue', 'a unit is worked on when its tenants have come to rest'],
  ['unit.reconcile', 'tenant.move-retire', 'queue', 'a unit is worked on when its tenants have come to rest'],
  ['unit.reconcile', 'tenant.move-abort', 'queue', 'a unit is worked on when its tenants have come to rest'],
  ...KEEPING,
  ['tenant.adopt', 'cell.create', 'reject', 'the cell is not there yet'],
  ['tenant.adopt', 'cell.retire', 'reject', 'the cell is going'],
  ['tenant.adopt', 'tenant.provision', 'reject', 'a tenant comes to be in one way'],
  ['tenant.adopt', 'tenant.adopt', 'merge', 'the same wish twice'],
  ['tenant.adopt', 'tenant.decommission', 'reject', 'nothing comes after leaving'],
  ['tenant.adopt', 'tenant.move', 'reject', 'where the tenant is served must be known'],
  ['tenant.adopt', 'tenant.move-retire', 'queue', 'the old place goes first'],
  ['tenant.adopt', 'tenant.move-abort', 'reject', 'where the tenant is served must be known'],
  ['cell.create', 'tenant.adopt', 'reject', 'a cell with a tenant on its way exists already'],
  ['cell.retire', 'tenant.adopt', 'reject', 'a cell is retired only when nobody is in it'],
  ['tenant.provision', 'tenant.adopt', 'reject', 'a tenant comes to be in one way'],
  ['tenant.decommission', 'tenant.adopt', 'queue', 'what is taken over is first kept or let go'],
  ['tenant.move', 'tenant.adopt', 'reject', 'a move begins where the tenant is known to be'],
  ['tenant.move-retire', 'tenant.adopt', 'reject', 'what is on its way first arrives or turns back'],
  ['tenant.move-abort', 'tenant.adopt', 'reject', 'what is on its way first arrives or turns back'],
  ...OPERATION_KINDS.filter((kind) => /unit\.|update|suspend|resume|export/.test(kind)).flatMap((kind): Row[] => [
    ['tenant.adopt', kind, 'queue', 'a retry waits for what is under way'],
    [kind, 'tenant.adopt', 'queue', 'it comes after the tenant'],
  ]),
]

test.for(table)('%s beside %s: %s, because %s', ([wanted, other, verdict]) => {
  expect(admit(on(wanted), [open('a', other)]).verdict).toBe(verdict)
})

test('the table names every ordered pair of kinds once', () => {
  const named = table.map(([wanted, other]) => `${wanted} ${other}`)
  expect(new Set(named).size).toBe(named.length)
  expect(named.length).toBe(OPERATION_KINDS.length ** 2)
})

test.for(table.filter(([wanted, other]) => [wanted, other].every((kind) => kind.startsWith('tenant.'))))(
  '%s starts beside %s of another tenant in the same cell',
  ([wanted, other]) => {
    expect(admit(on(wanted, 'other'), [open('a', other)])).toEqual({ verdict: 'start' })
  },
)

test.for(table)('%s starts beside %s in another cell', ([wanted, other]) => {
  expect(admit(on(wanted, 'other', 'cell-2'), [open('a', other)])).toEqual({ verdict: 'start' })
})

test('a move also conflicts with what is open on the unit that it leaves', () => {
  const move = { ...on('tenant.move', T, 'cell-2'), otherUnitId: U }
  expect(admit(move, [open('a', 'unit.deploy')]).verdict).toBe('queue')
  expect(admit(on('cell.retire'), [open('a', 'tenant.move', { unitId: 'cell-2', otherUnitId: U })]).verdict).toBe(
    'reject',
  )
  expect(admit(on('tenant.update', 'other'), [open('a', 'tenant.move', { unitId: 'cell-2', otherUnitId: U })])).toEqual(
    {
      verdict: 'start',
    },
  )
})

test('only what can always be taken back is ever pre-empted', () => {
  for (const [, victim] of table.filter(([, , verdict]) => verdict === 'pre-empt'))
    expect(KINDS[victim].pointOfNoReturn).toBeNull()
})

test('a refusal names the operation in the way, even behind others', () => {
  const decommission = open('b', 'tenant.decommission', { state: 'queued' })
  const met = admit(on('tenant.update'), [open('a', 'tenant.suspend'), decommission])
  expect(met).toEqual({ verdict: 'reject', code: 'operation.conflict', by: decommission })
})

test('suspend, resume, suspend queues three times: the last wish is not the first one again', () => {
  const suspend = open('a', 'tenant.suspend')
  const resume = open('b', 'tenant.resume', { state: 'queued' })
  expect(admit(on('tenant.suspend'), [suspend, resume])).toEqual({ verdict: 'queue', behind: resume })
  expect(admit(on('tenant.resume'), [suspend, resume])).toEqual({ verdict: 'merge', into: resume })
})

test('nothing merges into an operation that was asked to stop', () => {
  const stopping = open('a', 'tenant.suspend', { cancelling: true })
  expect(admit(on('tenant.suspend'), [stopping])).toEqual({ verdict: 'queue', behind: stopping })
})

test('a decommission stops all it may stop and waits behind the last', () => {
  const suspend = open('a', 'tenant.suspend')
  const resume = open('b', 'tenant.resume', { state: 'queued' })
  const update = open('c', 'tenant.update', { state: 'queued', cancelling: true })
  expect(admit(on('tenant.decommission'), [suspend, resume, update])).toEqual({
    verdict: 'pre-empt',
    victims: [resume],
    behind: update,
  })
  expect(admit(on('tenant.decommission'), [suspend, update])).toEqual({ verdict: 'queue', behind: update })
})

test('whose turn it is: the oldest of those that conflict, and whatever conflicts with nothing older', () => {
  const first = open('a', 'tenant.suspend', { state: 'queued' })
  const second = open('b', 'tenant.resume', { state: 'queued' })
  const elsewhere = open('c', 'tenant.update', { state: 'queued', tenantId: 'other' })
  const retire = open('d', 'cell.retire', { state: 'queued' })
  expect(promotable([first, second, elsewhere, retire])).toEqual([first, elsewhere])
  expect(promotable([{ ...first, state: 'running' }, second])).toEqual([])
  expect(promotable([{ ...first, cancelling: true }, second])).toEqual([])
})

test('operations conflict in both directions or not at all', () => {
  for (const a of OPERATION_KINDS) {
    for (const b of OPERATION_KINDS) expect(conflicts(on(a), on(b, 'other'))).toBe(conflicts(on(b, 'other'), on(a)))
  }
})

test('an operation on a tenant that names none is a mistake of the caller', () => {
  expect(() => admit({ kind: 'tenant.update', tenantId: null, unitId: U }, [])).not.toThrow()
  expect(() => admit({ kind: 'tenant.update', tenantId: null, unitId: U }, [open('a', 'cell.create')])).toThrow(
    'tenant.update needs a tenant',
  )
})
