import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { admit, conflicts, promotable, type Open, type Wanted } from './admission.ts'
import { OPERATION_KINDS } from './operation-kinds.ts'

/** The queue without its database: open operations, oldest first, and the order in which they were admitted. */
type Queue = { open: Open[]; admitted: string[]; merged: number; asked: number }
const empty = (): Queue => ({ open: [], admitted: [], merged: 0, asked: 0 })

function ask(queue: Queue, wanted: Wanted): void {
  const id = `${(queue.asked += 1)}`
  const admission = admit(wanted, queue.open)
  if (admission.verdict === 'reject') return
  if (admission.verdict === 'merge') {
    expect(queue.open).toContainEqual(admission.into)
    expect(admission.into.kind).toBe(wanted.kind)
    expect(admission.into.cancelling).toBe(false)
    queue.merged += 1
    return
  }
  if (admission.verdict === 'pre-empt') for (const victim of admission.victims) victim.cancelling = true
  const state = admission.verdict === 'start' ? 'running' : 'queued'
  queue.open.push({ ...wanted, id, state, cancelling: false })
  if (state === 'running') queue.admitted.push(id)
}

function promote(queue: Queue): void {
  for (const next of promotable(queue.open)) {
    const older = queue.open.slice(0, queue.open.indexOf(next))
    expect(older.filter((other) => conflicts(next, other))).toEqual([]) // first come, first served
    next.state = 'running'
    queue.admitted.push(next.id)
  }
}

function end(queue: Queue, operation: Open | undefined): void {
  queue.open = queue.open.filter((other) => other !== operation)
}

function check(queue: Queue): void {
  const running = queue.open.filter(({ state }) => state === 'running')
  for (const [place, one] of running.entries()) {
    expect(running.slice(place + 1).filter((other) => conflicts(one, other))).toEqual([]) // never two that exclude each other
  }
}

const wanted = fc.record({
  kind: fc.constantFrom(...OPERATION_KINDS),
  tenant: fc.constantFrom('a', 'b', 'c'),
  unit: fc.constantFrom('x', 'y'),
}).map(({ kind, tenant, unit }): Wanted => ({ kind, tenantId: kind.startsWith('tenant.') ? `${tenant}-${unit}` : null, unitId: unit })) // prettier-ignore

const move = fc.oneof(
  { weight: 5, arbitrary: wanted.map((what) => ({ move: 'ask', what }) as const) },
  { weight: 3, arbitrary: fc.nat().map((which) => ({ move: 'end', which }) as const) },
  { weight: 1, arbitrary: fc.nat().map((which) => ({ move: 'cancel', which }) as const) },
  { weight: 1, arbitrary: fc.constant({ move: 'close-cancelled' } as const) },
  { weight: 2, arbitrary: fc.constant({ move: 'promote' } as const) }, // may lag behind: a crash between close and promote
)

function apply(queue: Queue, step: Move): void {
  const running = queue.open.filter(({ state }) => state === 'running')
  if (step.move === 'ask') ask(queue, step.what)
  else if (step.move === 'end') end(queue, running[step.which % Math.max(1, running.length)])
  else if (step.move === 'cancel') {
    const one = queue.open[step.which % Math.max(1, queue.open.length)]
    if (one) one.cancelling = true
  } else if (step.move === 'close-cancelled')
    end(
      queue,
      queue.open.find(({ state, cancelling }) => state === 'queued' && cancelling),
    )
  else promote(queue)
}
type Move = typeof move extends fc.Arbitrary<infer Step> ? Step : never

test('never two exclusive holders, first come first served, and whatever is asked for ends when the others do', () => {
  fc.assert(
    fc.property(fc.array(move, { maxLength: 120 }), (moves) => {
      const queue = empty()
      for (const step of moves) {
        apply(queue, step)
        check(queue)
      }
      // Nobody asks any more: each round must bring every queue one further, or something waits for ever.
      for (let rounds = queue.open.length; rounds > 0; rounds--) {
        const before = queue.open.length
        for (const closed of queue.open.filter(({ state, cancelling }) => state === 'queued' && cancelling))
          end(queue, closed)
        promote(queue)
        check(queue)
        end(
          queue,
          queue.open.find(({ state }) => state === 'running'),
        )
        if (before > 0) expect(queue.open.length).toBeLessThan(before)
      }
      expect(queue.open).toEqual([])
    }),
    { numRuns: 2000 },
  )
})

test('what is asked for is never forgotten: it is refused with a reason, merged into an open one, or open itself', () => {
  fc.assert(
    fc.property(fc.array(wanted, { maxLength: 60 }), (wishes) => {
      const queue = empty()
      for (const wish of wishes) {
        const [before, merged] = [queue.open.length, queue.merged]
        const rejected = admit(wish, queue.open).verdict === 'reject'
        ask(queue, wish)
        expect(queue.open.length - before + (queue.merged - merged)).toBe(rejected ? 0 : 1)
        promote(queue)
        check(queue)
      }
    }),
  )
})
