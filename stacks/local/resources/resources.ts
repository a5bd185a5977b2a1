import type { Target } from '../daemon/discovery.ts'
import { estateProblems } from '../estate.errors.ts'
import { checkName } from './inputs.ts'
import { createLives, type Lives, type ResourcesOptions } from './lives.ts'
import type { FindResource } from './resource-kind.ts'
import type { ResourceView } from './being.ts'
import type { Life } from './resource-life.ts'

export type Resources = Awaited<ReturnType<typeof openResources>>

/** What Prometheus is to read is said within, in milliseconds. */
const TARGETS_WITHIN_MS = 2000

/** Lets one decision be made after the other: two requests for one name, or for the last port, must not cross. */
function oneByOne() {
  let last: Promise<unknown> = Promise.resolve()
  return <T>(decide: () => Promise<T>): Promise<T> => {
    const decided = last.then(decide)
    last = decided.catch(() => undefined)
    return decided
  }
}

const unknown = (kind: string, name: string) =>
  estateProblems['resource.unknown']({ detail: `there is no ${kind} ${name}` })

function found(lives: Lives, kind: string, name: string): Life {
  const life = lives.find(kind, name)
  if (life) return life
  throw unknown(kind, name)
}

/** Who says whose it is gets only what is his: nothing of somebody else's is changed or ended under a wrong name. */
function checkOwner(life: Life, owner: string | undefined): void {
  const { kind, name, owner: owned } = life.record()
  if (owner === undefined || owner === owned) return
  const detail = `${kind} ${name} ${owned === undefined ? 'was made without an owner' : `belongs to ${owned}`}, not to ${owner}`
  throw estateProblems['resource.foreign']({ detail })
}

/** Other inputs for one that is there; the same ones try again what had failed. */
async function change(life: Life, inputs: unknown): Promise<void> {
  const { kind, name, inputs: before, deleting } = life.record()
  if (deleting) {
    const detail = `${kind} ${name} is being deleted: ask again when it is gone`
    throw estateProblems['resource.deleting']({ detail })
  }
  const verdict = life.kind.change(before, inputs)
  if (verdict.how === 'replace') {
    const detail = `${verdict.fields.join(', ')} of ${kind} ${name} cannot be changed: delete it, and make another`
    throw estateProblems['resource.replace-needed']({ detail, extra: { fields: verdict.fields } })
  }
  if (verdict.how === 'in-place') await life.change(inputs)
  else if (life.state() === 'failed') life.make()
}

/** What Prometheus reads of all of them; what cannot be asked now is left out. */
async function targetsOf(lives: Lives): Promise<{ pods: Target[]; servers: Target[] }> {
  const signal = AbortSignal.timeout(TARGETS_WITHIN_MS)
  const ready = lives.all().filter((life) => life.state() === 'ready')
  const asked = await Promise.allSettled(ready.map(async (life) => life.kind.targets?.(life.at, signal)))
  const said = asked.flatMap((answer) => (answer.status === 'fulfilled' && answer.value ? [answer.value] : []))
  return { pods: said.flatMap(({ pods }) => pods), servers: said.flatMap(({ servers }) => servers) }
}

/** The resources of an estate, as its records say; nothing of them runs before `resume`. */
export async function openResources(options: ResourcesOptions) {
  const lives = createLives(options)
  await lives.load()
  const inTurn = oneByOne()
  return {
    kinds: options.kinds,
    /** Goes on with everything that there is: made things run again, half-made ones are made, half-deleted ones deleted. */
    resume: (): void => lives.all().forEach((life) => life.resume()),
    /** Asks for a resource with these inputs. Fails with `resource.invalid`, `.foreign`, `.replace-needed`, `.deleting`, `.ports-exhausted`. */
    put: (kindName: string, name: string, raw: unknown, owner?: string): Promise<ResourceView> =>
      inTurn(async () => {
        const kind = lives.kindOf(kindName)
        checkName(name)
        const inputs = kind.parse(raw)
        const known = lives.find(kindName, name)
        if (known) {
          checkOwner(known, owner)
          await change(known, inputs)
        }
        return (known ?? (await lives.create(kind, name, inputs, owner))).view()
      }),
    get: async (kind: string, name: string): Promise<ResourceView> => found(lives, kind, name).view(),
    all: (): Promise<ResourceView[]> => Promise.all(lives.all().map((life) => life.view())),
    /** Asks for its end. What is gone already is gone. Fails with `resource.foreign`. */
    remove: (kind: string, name: string, owner?: string): Promise<void> =>
      inTurn(async () => {
        const life = lives.find(kind, name)
        if (life) checkOwner(life, owner)
        await life?.remove()
      }),
    /** For the routes of a kind: a resource that is there to stay. */
    finder:
      (kind: string): FindResource<unknown> =>
      async (name) => {
        const life = found(lives, kind, name)
        if (life.record().deleting) throw unknown(kind, name)
        return { inputs: life.record().inputs, at: life.at }
      },
    targets: () => targetsOf(lives),
    /** Calls off what is being done: the daemon ends. */
    stop: async (): Promise<void> => {
      await Promise.all(lives.all().map((life) => life.callOff()))
    },
  }
}
