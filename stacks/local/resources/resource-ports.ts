import { estateProblems } from '../estate.errors.ts'
import { isFree, resourcePorts } from '../ports.ts'

/**
 * Gives each name a port of the estate's range for resources: the lowest that no other resource has and that nobody listens on.
 * Fails with `resource.ports-exhausted`.
 */
export async function allocatePorts(
  base: number,
  names: readonly string[],
  taken: ReadonlySet<number>,
): Promise<Record<string, number>> {
  const range = resourcePorts(base)
  const candidates = range.filter((port) => !taken.has(port)).values()
  const ports: Record<string, number> = {}
  for (const name of names) {
    for (const port of candidates) {
      if (!(await isFree(port))) continue
      ports[name] = port
      break
    }
    if (ports[name] !== undefined) continue
    const all =
      range.length > 0 ? `all from ${range[0]} to ${range.at(-1)} belong to other resources or are in use` : ''
    const detail = `no port is left for ${name}: ${all || 'the base port is too high for any'}; delete a resource, or use a lower --port-base`
    throw estateProblems['resource.ports-exhausted']({ detail })
  }
  return ports
}
