import type { EngineEvent } from '@pulumi/pulumi/automation/index.js'
import { registeredIn, type RegisteredResource } from '../policy/registered.ts'
import { readUrn } from '../provider/urn.ts'
import { planStepOf, type StepMetadata } from './plan.ts'
import { driftOf, undoneOf } from './resource-drift.ts'
import type { PlanStep, ResourceDrift, StackEvent } from './stack-run.ts'

/** `[code] detail`, as the provider writes it. */
const CODED = /\[([a-z]+\.[a-z-]+)\] ([^\n]*)/
const ENGINE_OWN = 'pulumi:'

export type Watch = {
  onEvent: (event: EngineEvent) => void
  /** Steps that change something, as announced or as done. */
  steps: () => readonly PlanStep[]
  /** What refreshed resources turned out to be. */
  drift: () => readonly ResourceDrift[]
  /** In what resources differ from what a preview would make of them. */
  undone: () => readonly ResourceDrift[]
  /** Everything that there is afterwards, as the program registers it. */
  registered: () => readonly RegisteredResource[]
  changes: () => Readonly<Record<string, number>>
  /** What went wrong, the first with a code before all others; undefined when nothing was said. */
  fault: () => { code: string | undefined; detail: string } | undefined
}

/** Turns what the engine says into events, and remembers what counts afterwards. */
export function watchEngine(tell: (event: StackEvent) => void): Watch {
  const steps: PlanStep[] = []
  const told: Pick<EngineEvent, 'resourcePreEvent'>[] = []
  const drift: ResourceDrift[] = []
  const undone: ResourceDrift[] = []
  const faults: string[] = []
  let changes: Readonly<Record<string, number>> = {}

  const step = stepTeller(tell)
  const diagnose = ({ severity, message, ephemeral }: NonNullable<EngineEvent['diagnosticEvent']>) => {
    if (severity === 'error') faults.push(message)
    else if (ephemeral && severity === 'info') tell({ type: 'progress', message: message.trim() })
  }
  return {
    onEvent(event) {
      if (event.resourcePreEvent) {
        const { metadata } = event.resourcePreEvent
        told.push(event)
        if (metadata.op !== 'same' && metadata.op !== 'refresh') {
          steps.push(planStepOf(metadata))
          const left = metadata.type.startsWith(ENGINE_OWN) ? undefined : undoneOf(metadata)
          if (left) undone.push(left)
        }
        step('started', metadata)
      }
      if (event.resOutputsEvent) {
        const { metadata } = event.resOutputsEvent
        const refreshed = !steps.some(
          ({ resource, operation }) => resource === readUrn(metadata.urn).name && operation === metadata.op,
        )
        if (refreshed && metadata.op !== 'same' && metadata.op !== 'refresh') {
          steps.push(planStepOf(metadata))
          const found = metadata.type.startsWith(ENGINE_OWN) ? undefined : driftOf(metadata)
          if (found) drift.push(found)
        }
        step('finished', metadata)
      }
      if (event.resOpFailedEvent) step('failed', event.resOpFailedEvent.metadata)
      if (event.diagnosticEvent) diagnose(event.diagnosticEvent)
      if (event.summaryEvent) changes = { ...event.summaryEvent.resourceChanges }
    },
    steps: () => steps,
    registered: () => registeredIn(told),
    drift: () => drift,
    undone: () => undone,
    changes: () => changes,
    fault: () => firstFault(faults),
  }
}

function firstFault(faults: readonly string[]): ReturnType<Watch['fault']> {
  const coded = faults.map((text) => CODED.exec(text)).find((match) => match !== null)
  if (coded) return { code: coded[1], detail: coded[2] ?? '' }
  const detail = faults
    .map((text) => text.trim())
    .filter(Boolean)
    .join('; ')
  return detail ? { code: undefined, detail } : undefined
}

/** Says when steps begin and end, and how long each took. */
function stepTeller(tell: (event: StackEvent) => void) {
  const started = new Map<string, number>()
  return (phase: 'started' | 'finished' | 'failed', metadata: StepMetadata) => {
    const { urn, op, type } = metadata
    if (op === 'same' || type.startsWith(ENGINE_OWN)) return
    const about = { type: 'step' as const, resource: readUrn(urn).name, kind: type, operation: op }
    const key = `${urn} ${op}`
    if (phase === 'started') {
      started.set(key, performance.now())
      tell({ ...about, phase })
      return
    }
    const seconds = Math.round(performance.now() - (started.get(key) ?? performance.now())) / 1000
    tell({ ...about, phase, seconds })
  }
}
