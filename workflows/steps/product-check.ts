import { isAllowed } from '../../stacks/kubernetes/allowed-images.ts'
import type { KubernetesObject } from '../../stacks/kubernetes/objects.ts'
import { migrationChart, routeChart, workloadChart } from './chart-use.ts'
import { link } from './link.ts'
import type { Place } from './step-deps.ts'
import { problems } from './steps.errors.ts'

/**
 * Whatever of a product would make its unit fail and can be known before anything is touched: its chart can be found and rendered, its
 * image may run here and is there. Throws `chart.invalid`, `chart.impure`, `release.image-not-allowed` and `release.image-missing`.
 */
export async function checkProduct(place: Pick<Place, 'hands' | 'unit'>): Promise<void> {
  const { hands, unit } = place
  await renderedProduct(place)
  await hands.render(routeChart(unit))
  const image = `${unit.image}:${unit.version}`
  const allowed = await hands.images.allowed(link())
  if (allowed !== null && !isAllowed(allowed, image)) {
    const detail = `units in ${unit.region} may not run ${image}, only images of ${allowed.join(', ')}: have ${unit.image} allowed by the guardrails of the cluster`
    throw problems['release.image-not-allowed']({ detail })
  }
  if ((await hands.images.has(unit.image, unit.version, link())) === false)
    throw problems['release.image-missing']({ detail: `the region of ${unit.name} has no image ${image}` })
}

/** Everything of the product that runs pods. */
export const renderedProduct = async ({ hands, unit }: Pick<Place, 'hands' | 'unit'>): Promise<KubernetesObject[]> =>
  (await Promise.all([workloadChart(unit), migrationChart(unit)].map((use) => hands.render(use)))).flat()
