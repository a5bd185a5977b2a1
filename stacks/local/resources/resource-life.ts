import type { Fleet } from '../daemon/fleet.ts'
import type { EstateContext } from '../servers/context.ts'
import { faultOf, realize, takeAway, viewOf, type Being, type ResourceState, type ResourceView } from './being.ts'
import type { AnyKind, ResourceContext } from './resource-kind.ts'
import { resourceFolder, writeResource, type ResourceRecord } from './resource-record.ts'
import { createTurns } from './turns.ts'

export type Life = ReturnType<typeof createLife>
type LifeHands = { context: EstateContext; fleet: Pick<Fleet, 'add'>; onGone: () => void }

function contextOf(context: EstateContext, record: ResourceRecord): ResourceContext {
  const port = (name: string): number => {
    const found = record.ports[name]
    if (found === undefined) throw new Error(`${record.kind} asked for no port ${name}`)
    return found
  }
  return { ...context, name: record.name, folder: resourceFolder(context.paths.resources, record), port }
}

const beingOf = (kind: AnyKind, record: ResourceRecord, at: ResourceContext): Being => ({
  kind,
  at,
  record,
  state: record.deleting ? 'deleting' : 'creating',
  error: null,
  prepared: false,
  group: undefined,
})

/** The life of one resource, from its record to its end. `onGone` is told when nothing of it is left. */
export function createLife(kind: AnyKind, first: ResourceRecord, { context, fleet, onGone }: LifeHands) {
  const { log, paths } = context
  const about = { kind: first.kind, name: first.name }
  const being = beingOf(kind, first, contextOf(context, first))
  const enter = (state: ResourceState) => {
    being.state = state
    log.info({ event: 'resource.state', ...about, state }, 'resource state')
  }
  const turns = createTurns((cause) => {
    being.error = faultOf(cause)
    log.error({ event: 'resource.failed', ...about, err: cause }, 'a resource failed')
    if (being.state !== 'deleting') enter('failed')
  })
  const write = async (record: ResourceRecord) => {
    await writeResource(paths.resources, record)
    being.record = record
  }
  /** Makes it what the record says, again from the start when it had failed. */
  const make = () => {
    being.error = null
    enter('creating')
    turns.begin(async (signal) => {
      await realize(being, fleet, signal)
      enter('ready')
    })
  }
  const end = () => {
    being.error = null
    enter('deleting')
    turns.begin(async () => {
      await takeAway(being)
      onGone()
      log.info({ event: 'resource.gone', ...about }, 'resource gone')
    })
  }
  return {
    at: being.at,
    kind,
    record: () => being.record,
    state: () => being.state,
    make,
    /** Goes on with what the record says: at the start of the daemon. Nothing when something was asked for meanwhile. */
    resume() {
      if (turns.begun()) return
      if (being.record.deleting) end()
      else make()
    },
    /** Other inputs from now on. */
    async change(inputs: unknown) {
      await write({ ...being.record, inputs })
      make()
    },
    /** Ends it, for good. One that is going already is left to it, unless that failed. */
    async remove() {
      if (being.state === 'deleting' && !being.error) return
      await write({ ...being.record, deleting: true })
      end()
    },
    /** What is half done is gone on with by the next daemon. */
    callOff: () => turns.callOff(),
    view: (): Promise<ResourceView> => viewOf(being),
  }
}
