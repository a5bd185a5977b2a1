import type { SweepPlace } from '../../control-plane/domain/orphan.ts'
import type { RegionTraces } from '../../workflows/regions/hands.ts'
import type { World } from './fake-world.ts'

/** A part whose traces are a problem cannot be searched. */
export function fakeTraces({ traces }: World): RegionTraces {
  const look = (place: SweepPlace) => async () => {
    const found = traces[place]
    if (found instanceof Error) throw found
    return found
  }
  return {
    cluster: look('cluster'),
    databases: look('databases'),
    edge: look('edge'),
    resources: look('resources'),
    exports: look('exports'),
  }
}
